// my-plugin: puts a system message in front of every chat. Change it to what you need.
package main

import (
	"encoding/json"
	"errors"

	"sluice"
	"sluice/prehook"
)

var message = "Answer in one sentence."

// Importing sluice/prehook exports pre_hook; each hook has such a package.
func init() {
	sluice.Register(sluice.Plugin{Name: "my-plugin", Init: configure})
	prehook.Handle(addMessage)
}

func main() {}

// configure reads `config` of the plug-in's entry. An error refuses the plug-in.
func configure(config json.RawMessage) error {
	given := struct{ Message *string }{&message}
	return json.Unmarshal(config, &given)
}

func addMessage(_ *sluice.Context, request *sluice.ChatRequest) (*sluice.ShortCircuit, error) {
	if !request.HasMessages() {
		return nil, errors.New("the request has no messages")
	}
	ours := sluice.NewMessage("system", message)
	request.SetMessages(append([]*sluice.Message{ours}, request.Messages()...))
	return nil, nil
}
