// Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers, counts its calls.
package main

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
)

var active = defaults // set by init; one instance serves one call at a time

//go:wasmexport get_name
func getName() uint64 {
	return give([]byte("guardrail-go"))
}

// The export is called init; the Go function may not be.
//
//go:wasmexport init
func configure(block, size uint32) int32 {
	read, err := readRules(take(block, size))
	if err != nil {
		println(err.Error())
		return 1
	}
	active = read
	return 0
}

//go:wasmexport cleanup
func cleanup() int32 {
	return 0
}

//go:wasmexport http_pre_hook
func httpPreHook(block, size uint32) uint64 {
	input, err := parseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := object{{"context", counted(input)}, {"request", null}}
	if word := active.blockedWord(bodyOf(input.get("request"))); word != "" {
		answer = answer.set("response", refusal(word)).set("has_response", yes)
	} else {
		answer = answer.set("response", null).set("has_response", no)
	}
	return give(answer.set("error", noText).text())
}

//go:wasmexport http_post_hook
func httpPostHook(block, size uint32) uint64 {
	input, err := parseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	return give(object{{"context", counted(input)}, {"error", noText}}.text())
}

//go:wasmexport http_stream_chunk_hook
func httpStreamChunkHook(block, size uint32) uint64 {
	input, err := parseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := object{{"context", counted(input)}}
	if chunk, masked := maskChoices(input.get("chunk")); masked {
		answer = answer.set("chunk", chunk).set("has_chunk", yes)
	} else {
		// No chunk and no skip: the gateway sends the event on as it came.
		answer = answer.set("chunk", null).set("has_chunk", no)
	}
	return give(answer.set("skip", no).set("error", noText).text())
}

//go:wasmexport pre_hook
func preHook(block, size uint32) uint64 {
	input, err := parseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := object{{"context", counted(input)}, {"request", withSystemMessage(input.get("request"))}}
	return give(answer.set("short_circuit", null).set("has_short_circuit", no).set("error", noText).text())
}

//go:wasmexport post_hook
func postHook(block, size uint32) uint64 {
	input, err := parseObject(take(block, size))
	if err != nil {
		return give(failure("hook_error", err))
	}
	answer := object{{"context", counted(input)}, {"response", maskResponse(input.get("response"))}}
	if string(input.get("has_error")) == "true" {
		answer = answer.set("error", input.get("error")).set("has_error", yes)
	} else {
		answer = answer.set("error", null).set("has_error", no)
	}
	return give(answer.set("hook_error", noText).text())
}

func main() {}

var (
	null   = []byte("null")
	yes    = []byte("true")
	no     = []byte("false")
	noText = []byte(`""`)
)

func failure(member string, err error) []byte {
	return object{{"context", []byte("{}")}, {member, quote(err.Error())}}.text()
}

// counted is the context as it came, with our count one up.
func counted(input object) []byte {
	context, err := parseObject(input.get("context"))
	if err != nil {
		context = object{}
	}
	count, err := strconv.ParseUint(string(context.get("guardrail_hooks")), 10, 32)
	if err != nil {
		count = 0
	}
	return context.set("guardrail_hooks", strconv.AppendUint(nil, count+1, 10)).text()
}

func bodyOf(request []byte) []byte {
	var fields struct {
		Body []byte `json:"body"` // encoding/json undoes the base64
	}
	if json.Unmarshal(request, &fields) != nil {
		return nil
	}
	return fields.Body
}

func refusal(word string) []byte {
	body := object{{"error", object{
		{"message", quote("guardrail: the word " + word + " is not allowed")},
		{"type", quote("invalid_request_error")},
		{"param", null},
		{"code", quote("blocked_word")},
	}.text()}}.text()
	return object{
		{"status_code", []byte("403")},
		{"headers", []byte(`{"Content-Type":"application/json"}`)},
		{"body", quote(base64.StdEncoding.EncodeToString(body))},
	}.text()
}

// withSystemMessage is null when there is nothing to change.
func withSystemMessage(value []byte) []byte {
	request, err := parseObject(value)
	messages := parseArray(request.get("input"))
	if err != nil || messages == nil || active.systemMessage == "" {
		return null
	}
	if len(messages) > 0 && isOurSystemMessage(messages[0]) {
		return null // a fallback asks again with what we gave
	}
	message := object{{"role", quote("system")}, {"content", quote(active.systemMessage)}}.text()
	messages = append([]json.RawMessage{message}, messages...)
	return request.set("input", arrayText(messages)).text()
}

func isOurSystemMessage(value []byte) bool {
	message, err := parseObject(value)
	if err != nil {
		return false
	}
	role, _ := parseText(message.get("role"))
	content, _ := parseText(message.get("content"))
	return role == "system" && content == active.systemMessage
}
