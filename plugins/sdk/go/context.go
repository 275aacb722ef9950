package sluice

import (
	"bytes"
	"encoding/json"

	"sluice/ordered"
)

// Context is the JSON object that all hooks of all plug-ins share during one request. Keys of the gateway (request_id, bifrost-...) can be read;
// changes to them are ignored.
type Context struct {
	members ordered.Object
	changed ordered.Object // all that goes back: the gateway merges key by key
}

func newContext(value json.RawMessage) *Context {
	return &Context{objectOf(value), ordered.Object{}}
}

func (c *Context) RequestID() string { return c.Text("request_id") }

// Get is the JSON of a member; nil where there is none.
func (c *Context) Get(key string) json.RawMessage {
	if value := c.changed.Get(key); value != nil {
		return value
	}
	return c.members.Get(key)
}

// Text is empty where the member is absent or no text.
func (c *Context) Text(key string) string { return textOf(c.Get(key)) }

// Set takes anything that encoding/json can spell.
func (c *Context) Set(key string, value any) {
	if text := ordered.Encode(value); !bytes.Equal(c.Get(key), text) {
		c.changed = c.changed.Set(key, text)
	}
}
