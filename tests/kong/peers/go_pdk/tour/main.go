// What ../plugins/tour.ts does, for the embedded server of Kong's Go PDK.
package main

import (
	"log"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type config struct {
	Greeting string   `json:"greeting"`
	Names    []string `json:"names"`
	Limit    float64  `json:"limit"`
}

func (c config) Access(kong *pdk.PDK) {
	path, _ := kong.Request.GetPath()
	if path == "/panic" {
		panic("broken on purpose")
	}
	if path == "/deny" {
		headers := map[string][]string{"X-Why": {"a", "b"}}
		kong.Response.Exit(403, []byte(c.Greeting+", no"), headers)
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
	kong.ServiceRequest.SetRawBody(string(body) + "!")
	kong.Service.SetTarget("127.0.0.1", port)
	consumer, _ := kong.Client.GetConsumer()
	kong.Ctx.SetShared("who", consumer.Username)
	who, _ := kong.Ctx.GetSharedString("who")
	kong.Log.Info("seen by ", who)
	kong.Response.SetHeader("X-Greeting", c.Greeting)
	kong.Response.SetHeaders(map[string][]string{"X-Many": {"1", "2"}})
}

func (c config) Log(kong *pdk.PDK) {
	status, _ := kong.Response.GetStatus()
	if status == 200 {
		kong.Log.Warn("well")
	}
}

func main() {
	log.Fatal(server.StartServer(func() interface{} { return &config{} }, "1.2.3", 7))
}
