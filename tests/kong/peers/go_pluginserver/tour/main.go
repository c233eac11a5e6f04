// What ../plugins/tour.ts does, for go-pluginserver: a shared object that it loads.
package main

import "github.com/Kong/go-pdk"

// Config is what go-pluginserver makes of the plugin's configuration.
type Config struct {
	Greeting string   `json:"greeting"`
	Names    []string `json:"names"`
	Limit    float64  `json:"limit"`
}

// New is what go-pluginserver looks for, as are the two below.
func New() interface{} { return &Config{} }

var Version = "1.2.3"
var Priority = 7

func (c Config) Access(kong *pdk.PDK) {
	path, _ := kong.Request.GetPath()
	if path == "/panic" {
		panic("broken on purpose")
	}
	if path == "/deny" {
		headers := map[string][]string{"X-Why": {"a", "b"}}
		kong.Response.Exit(403, c.Greeting+", no", headers)
		return
	}
	method, _ := kong.Request.GetMethod()
	host, _ := kong.Request.GetHeader("host")
	kong.Request.GetHeader("x-not-there")
	port, _ := kong.Request.GetPort()
	query, _ := kong.Request.GetQuery(10)
	headers, _ := kong.Request.GetHeaders(20)
	body, _ := kong.Request.GetRawBody()
	kong.ServiceRequest.SetHeader("X-Seen", method+" "+host+" "+query["q"][0])
	kong.ServiceRequest.AddHeader("X-Accept", headers["accept"][1])
	kong.ServiceRequest.ClearHeader("x-gone")
	kong.ServiceRequest.SetRawBody(body + "!")
	kong.Service.SetTarget("127.0.0.1", port)
	consumer, _ := kong.Client.GetConsumer()
	kong.Ctx.SetShared("who", consumer.Username)
	who, _ := kong.Ctx.GetSharedString("who")
	kong.Log.Info("seen by ", who)
	kong.Response.SetHeader("X-Greeting", c.Greeting)
	kong.Response.SetHeaders(map[string][]string{"X-Many": {"1", "2"}})
}

func (c Config) Log(kong *pdk.PDK) {
	status, _ := kong.Response.GetStatus()
	if status == 200 {
		kong.Log.Warn("well")
	}
}

// The build mode for plugins is one for commands.
func main() {}
