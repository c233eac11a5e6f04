module gibbon/peers/go_pluginserver

go 1.24

tool github.com/Kong/go-pluginserver

require github.com/Kong/go-pdk v0.6.0

require (
	github.com/Kong/go-pluginserver v0.6.1 // indirect
	github.com/ugorji/go/codec v1.2.1 // indirect
)
