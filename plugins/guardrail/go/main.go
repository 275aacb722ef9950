// Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers, counts its calls.
package main

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"sluice/ordered"
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
	input, err := ordered.ParseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := ordered.Object{{"context", counted(input)}, {"request", null}}
	if word := active.blockedWord(bodyOf(input.Get("request"))); word != "" {
		answer = answer.Set("response", refusal(word)).Set("has_response", yes)
	} else {
		answer = answer.Set("response", null).Set("has_response", no)
	}
	return give(answer.Set("error", noText).Text())
}

//go:wasmexport http_post_hook
func httpPostHook(block, size uint32) uint64 {
	input, err := ordered.ParseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	return give(ordered.Object{{"context", counted(input)}, {"error", noText}}.Text())
}

//go:wasmexport http_stream_chunk_hook
func httpStreamChunkHook(block, size uint32) uint64 {
	input, err := ordered.ParseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := ordered.Object{{"context", counted(input)}}
	if chunk, masked := maskChoices(input.Get("chunk")); masked {
		answer = answer.Set("chunk", chunk).Set("has_chunk", yes)
	} else {
		// No chunk and no skip: the gateway sends the event on as it came.
		answer = answer.Set("chunk", null).Set("has_chunk", no)
	}
	return give(answer.Set("skip", no).Set("error", noText).Text())
}

//go:wasmexport pre_hook
func preHook(block, size uint32) uint64 {
	input, err := ordered.ParseObject(take(block, size))
	if err != nil {
		return give(failure("error", err))
	}
	answer := ordered.Object{{"context", counted(input)}, {"request", withSystemMessage(input.Get("request"))}}
	return give(answer.Set("short_circuit", null).Set("has_short_circuit", no).Set("error", noText).Text())
}

//go:wasmexport post_hook
func postHook(block, size uint32) uint64 {
	input, err := ordered.ParseObject(take(block, size))
	if err != nil {
		return give(failure("hook_error", err))
	}
	answer := ordered.Object{{"context", counted(input)}, {"response", maskResponse(input.Get("response"))}}
	if string(input.Get("has_error")) == "true" {
		answer = answer.Set("error", input.Get("error")).Set("has_error", yes)
	} else {
		answer = answer.Set("error", null).Set("has_error", no)
	}
	return give(answer.Set("hook_error", noText).Text())
}

func main() {}

var (
	null   = []byte("null")
	yes    = []byte("true")
	no     = []byte("false")
	noText = []byte(`""`)
)

func failure(member string, err error) []byte {
	return ordered.Object{{"context", []byte("{}")}, {member, ordered.Quote(err.Error())}}.Text()
}

// counted is the context as it came, with our count one up.
func counted(input ordered.Object) []byte {
	context, err := ordered.ParseObject(input.Get("context"))
	if err != nil {
		context = ordered.Object{}
	}
	count, err := strconv.ParseUint(string(context.Get("guardrail_hooks")), 10, 32)
	if err != nil {
		count = 0
	}
	return context.Set("guardrail_hooks", strconv.AppendUint(nil, count+1, 10)).Text()
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
	body := ordered.Object{{"error", ordered.Object{
		{"message", ordered.Quote("guardrail: the word " + word + " is not allowed")},
		{"type", ordered.Quote("invalid_request_error")},
		{"param", null},
		{"code", ordered.Quote("blocked_word")},
	}.Text()}}.Text()
	return ordered.Object{
		{"status_code", []byte("403")},
		{"headers", []byte(`{"Content-Type":"application/json"}`)},
		{"body", ordered.Quote(base64.StdEncoding.EncodeToString(body))},
	}.Text()
}

// withSystemMessage is null when there is nothing to change.
func withSystemMessage(value []byte) []byte {
	request, err := ordered.ParseObject(value)
	messages := ordered.ParseArray(request.Get("input"))
	if err != nil || messages == nil || active.systemMessage == "" {
		return null
	}
	if len(messages) > 0 && isOurSystemMessage(messages[0]) {
		return null // a fallback asks again with what we gave
	}
	message := ordered.Object{{"role", ordered.Quote("system")}, {"content", ordered.Quote(active.systemMessage)}}.Text()
	messages = append([]json.RawMessage{message}, messages...)
	return request.Set("input", ordered.ArrayText(messages)).Text()
}

func isOurSystemMessage(value []byte) bool {
	message, err := ordered.ParseObject(value)
	if err != nil {
		return false
	}
	role, _ := ordered.ParseText(message.Get("role"))
	content, _ := ordered.ParseText(message.Get("content"))
	return role == "system" && content == active.systemMessage
}
