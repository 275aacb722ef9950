package sluice

import (
	"encoding/json"

	"sluice/ordered"
)

// Edit gives what shall stand in a text's place; the same text where nothing shall change.
type Edit func(text string) string

// ChatRequest is provider, model, messages, and everything else of the request's body as parameters.
type ChatRequest struct {
	members         ordered.Object
	changed         ordered.Object
	messages        []*Message
	hasMessages     bool
	messagesChanged bool
	wrapped         bool
}

func newChatRequest(value json.RawMessage) *ChatRequest {
	request := &ChatRequest{members: objectOf(value)}
	if inner := request.members.Get("chat_request"); isObject(inner) {
		request.members, request.wrapped = objectOf(inner), true
	}
	elements := ordered.ParseArray(request.members.Get("input"))
	request.hasMessages = elements != nil
	for _, element := range elements {
		request.messages = append(request.messages, &Message{objectOf(element)})
	}
	return request
}

func (r *ChatRequest) Provider() string { return textOf(r.Get("provider")) }
func (r *ChatRequest) Model() string    { return textOf(r.Get("model")) }
func (r *ChatRequest) SetModel(model string) {
	r.changed = r.changed.Set("model", ordered.Quote(model))
}

// HasMessages is false for a request that came without a list of messages.
func (r *ChatRequest) HasMessages() bool { return r.hasMessages }

func (r *ChatRequest) Messages() []*Message { return r.messages }

// SetMessages replaces the messages.
func (r *ChatRequest) SetMessages(messages []*Message) {
	r.messages, r.messagesChanged = messages, true
}

// EditTexts edits the texts of all messages; true where something changed.
func (r *ChatRequest) EditTexts(edit Edit) bool {
	changed := false
	for _, message := range r.messages {
		changed = message.editTexts(edit) || changed
	}
	r.messagesChanged = r.messagesChanged || changed
	return changed
}

// Parameter is the JSON of a parameter such as temperature; nil where there is none.
func (r *ChatRequest) Parameter(name string) json.RawMessage {
	if value := objectOf(r.changed.Get("params")).Get(name); value != nil {
		return value
	}
	return objectOf(r.members.Get("params")).Get(name)
}

// SetParameter takes anything that encoding/json can spell; nil removes the parameter.
func (r *ChatRequest) SetParameter(name string, value any) {
	params := objectOf(r.changed.Get("params")).Set(name, ordered.Encode(value))
	r.changed = r.changed.Set("params", params.Text())
}

// Get is the JSON of any member as it came or was set.
func (r *ChatRequest) Get(key string) json.RawMessage {
	if value := r.changed.Get(key); value != nil {
		return value
	}
	return r.members.Get(key)
}

func (r *ChatRequest) answer() json.RawMessage {
	if r.messagesChanged {
		texts := make([]json.RawMessage, len(r.messages))
		for i, message := range r.messages {
			texts[i] = message.members.Text()
		}
		r.changed = r.changed.Set("input", ordered.ArrayText(texts))
	}
	if r.wrapped && len(r.changed) > 0 {
		return ordered.Object{{Key: "chat_request", Value: r.changed.Text()}}.Text()
	}
	return changes(r.changed)
}

// Message is one of a conversation, or what a choice of a completion says.
type Message struct{ members ordered.Object }

func NewMessage(role, text string) *Message {
	return &Message{ordered.Object{{Key: "role", Value: ordered.Quote(role)}, {Key: "content", Value: ordered.Quote(text)}}}
}

func (m *Message) Role() string { return textOf(m.members.Get("role")) }

// Text is all that it says: the content, or the texts of its blocks one after the other.
func (m *Message) Text() string {
	content := m.members.Get("content")
	if text, ok := ordered.ParseText(content); ok {
		return text
	}
	text := ""
	for _, block := range ordered.ParseArray(content) {
		text += textOf(objectOf(block).Get("text"))
	}
	return text
}

// Get is the JSON of any member; nil where there is none.
func (m *Message) Get(key string) json.RawMessage { return m.members.Get(key) }

// Set takes anything that encoding/json can spell. SetMessages tells the request of it.
func (m *Message) Set(key string, value any) { m.members = m.members.Set(key, ordered.Encode(value)) }

func (m *Message) editTexts(edit Edit) bool {
	content := m.members.Get("content")
	if edited, changed := editText(content, edit); changed {
		m.Set("content", edited)
		return true
	}
	blocks, any := ordered.ParseArray(content), false
	for i, block := range blocks {
		object := objectOf(block)
		if edited, changed := editText(object.Get("text"), edit); changed {
			blocks[i], any = object.Set("text", edited).Text(), true
		}
	}
	if any {
		m.Set("content", json.RawMessage(ordered.ArrayText(blocks)))
	}
	return any
}

func editText(value json.RawMessage, edit Edit) (json.RawMessage, bool) {
	text, ok := ordered.ParseText(value)
	if !ok {
		return value, false
	}
	edited := edit(text)
	return ordered.Quote(edited), edited != text
}

// ShortCircuit is what is answered without a provider being asked.
type ShortCircuit struct{ json ordered.Object }

// ShortResponse answers with a completion.
func ShortResponse(completion *Completion) *ShortCircuit {
	wrapped := ordered.Object{{Key: "chat_response", Value: completion.answer()}}
	return &ShortCircuit{ordered.Object{{Key: "response", Value: wrapped.Text()}}}
}

// ShortError answers with an error in OpenAI's shape.
func ShortError(status int, kind, text string) *ShortCircuit {
	inner := ordered.Object{{Key: "message", Value: ordered.Quote(text)}, {Key: "type", Value: ordered.Quote(kind)}}
	whole := ordered.Object{{Key: "status_code", Value: ordered.Encode(status)}, {Key: "error", Value: inner.Text()}}
	return &ShortCircuit{ordered.Object{{Key: "error", Value: whole.Text()}}}
}

// PreHook runs before the provider is asked; a short circuit answers in its place.
type PreHook func(*Context, *ChatRequest) (*ShortCircuit, error)

// ServePreHook is what package prehook exports.
func ServePreHook(block, size uint32, hook PreHook) uint64 {
	return serve(block, size, "error", func(context *Context, input ordered.Object) (ordered.Object, error) {
		request := newChatRequest(input.Get("request"))
		short, err := hook(context, request)
		if err != nil {
			return nil, err
		}
		left, own := null, null
		if short == nil {
			left = request.answer()
		} else {
			own = short.json.Text()
		}
		return ordered.Object{{Key: "request", Value: left}, {Key: "short_circuit", Value: own}, {Key: "has_short_circuit", Value: truth(short != nil)}, {Key: "error", Value: nothing}}, nil
	})
}
