// Package sluice has typed hooks for plug-ins of the Sluice gateway, for Go and TinyGo.
//
// Call Register in an init function, and Handle of a package for each hook that you want: importing sluice/prehook is what exports pre_hook, and
// a hook that is not exported costs a request nothing. Everything typed is a view of the JSON that came: a member that no type here knows
// stays as it was, and only what you changed goes back.
//
// An error of a hook is a sentence for the gateway's log. http_pre_hook answers the request with it (500), http_stream_chunk_hook ends the
// stream with it; after the other hooks the request goes on as it was.
package sluice

import (
	"encoding/json"

	"sluice/ordered"
)

// Plugin is what the gateway asks before the first hook.
type Plugin struct {
	Name string
	// Init reads `config` of the plug-in's entry, `{}` where there is none. An error refuses the plug-in. May be nil.
	//
	// An instance may be replaced at any time: what must last belongs into the context, or to the host.
	Init func(config json.RawMessage) error
}

var registered Plugin

// Register names the plug-in.
func Register(plugin Plugin) { registered = plugin }

//go:wasmexport get_name
func getName() uint64 { return give([]byte(registered.Name)) }

// The export is called init; the Go function may not be.
//
//go:wasmexport init
func configure(block, size uint32) int32 {
	config := json.RawMessage("{}")
	if size > 0 {
		config = append(json.RawMessage(nil), take(block, size)...)
	}
	if _, err := ordered.ParseObject(config); err != nil {
		println("config is no JSON object")
		return 1
	}
	if registered.Init == nil {
		return 0
	}
	if err := registered.Init(config); err != nil {
		println(err.Error())
		return 1
	}
	return 0
}

// cleanup has nothing to do; the ABI of the hooks lists it.
//
//go:wasmexport cleanup
func cleanup() int32 { return 0 }

var (
	null    = json.RawMessage("null")
	nothing = json.RawMessage(`""`)
)

// serve runs a hook on the members of its input: it gives the members of the answer but the context.
func serve(block, size uint32, failure string, hook func(*Context, ordered.Object) (ordered.Object, error)) uint64 {
	input, err := ordered.ParseObject(take(block, size))
	if err == nil {
		context := newContext(input.Get("context"))
		var answer ordered.Object
		if answer, err = hook(context, input); err == nil {
			return give(append(ordered.Object{{Key: "context", Value: context.changed.Text()}}, answer...).Text())
		}
	}
	return give(ordered.Object{{Key: "context", Value: json.RawMessage("{}")}, {Key: failure, Value: ordered.Quote(err.Error())}}.Text())
}

func truth(value bool) json.RawMessage { return ordered.Encode(value) }

// changes is null where nothing changed: the gateway then keeps the bytes that it has.
func changes(changed ordered.Object) json.RawMessage {
	if len(changed) == 0 {
		return null
	}
	return changed.Text()
}

func isObject(value json.RawMessage) bool { return len(value) > 0 && value[0] == '{' }

func objectOf(value json.RawMessage) ordered.Object {
	object, err := ordered.ParseObject(value)
	if err != nil {
		return ordered.Object{}
	}
	return object
}

func textOf(value json.RawMessage) string {
	text, _ := ordered.ParseText(value)
	return text
}
