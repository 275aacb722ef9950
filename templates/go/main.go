// my-plugin: puts a system message in front of every chat. Change it to what you need.
package main

import (
	"encoding/json"
	"errors"
)

var message = "Answer in one sentence."

//go:wasmexport get_name
func getName() uint64 {
	return give([]byte("my-plugin"))
}

// Reads `config` of the plug-in's entry. Anything but 0 refuses the plug-in. The Go function may not be called init.
//
//go:wasmexport init
func configure(block, size uint32) int32 {
	config := struct{ Message *string }{&message}
	if err := json.Unmarshal(take(block, size), &config); err != nil {
		println(err.Error())
		return 1
	}
	return 0
}

//go:wasmexport pre_hook
func preHook(block, size uint32) uint64 {
	messages, err := withMessage(take(block, size))
	if err != nil {
		return answer(map[string]any{"context": struct{}{}, "error": err.Error()})
	}
	return answer(map[string]any{"context": struct{}{}, "request": map[string]any{"input": messages}, "error": ""})
}

// withMessage gives the messages with ours in front. What is left out of an answer stays as it was.
func withMessage(text []byte) ([]json.RawMessage, error) {
	var input struct {
		Request struct {
			Input []json.RawMessage `json:"input"`
		} `json:"request"`
	}
	if err := json.Unmarshal(text, &input); err != nil {
		return nil, err
	}
	if input.Request.Input == nil {
		return nil, errors.New("the request has no messages")
	}
	ours, err := json.Marshal(map[string]string{"role": "system", "content": message})
	return append([]json.RawMessage{ours}, input.Request.Input...), err
}

func answer(value any) uint64 {
	text, err := json.Marshal(value)
	if err != nil {
		return 0
	}
	return give(text)
}

func main() {}
