// A hub and a plugin in Go, for gibbon to talk to: encoding/gob on both ends is Go's own.
//
//	peer hub ADDRESS
//	peer plugin ADDRESS NAME VERSION [older]
package main

import (
	"fmt"
	"os"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "hub":
		err = runHub(args[1])
	case len(args) >= 4 && args[0] == "plugin":
		err = runPlugin(args[1], args[2], args[3], len(args) > 4)
	default:
		err = fmt.Errorf("usage: peer hub ADDRESS | peer plugin ADDRESS NAME VERSION [older]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
