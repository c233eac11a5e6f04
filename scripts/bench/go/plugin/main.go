// The bench's plugin on the embedded server of Kong's Go PDK: three PDK calls an event.
package main

import (
	"log"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type bench struct{}

func (bench) Access(kong *pdk.PDK) {
	kong.Request.GetHeader("host")
	kong.Client.GetIp()
	kong.Response.SetHeader("x-bench", "1")
}

func main() {
	log.Fatal(server.StartServer(func() interface{} { return &bench{} }, "1.0.0", 10))
}
