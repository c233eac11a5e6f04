// The bench's plugin for go-pluginserver, which loads it as a shared object: three PDK calls an event.
package main

import "github.com/Kong/go-pdk"

type config struct{}

// New is what go-pluginserver looks for, as are the two below.
func New() interface{} { return &config{} }

var Version = "1.0.0"
var Priority = 10

func (config) Access(kong *pdk.PDK) {
	kong.Request.GetHeader("host")
	kong.Client.GetIp()
	kong.Response.SetHeader("x-bench", "1")
}

// The build mode for plugins is one for commands.
func main() {}
