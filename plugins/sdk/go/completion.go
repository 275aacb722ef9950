package sluice

import (
	"encoding/json"
	"strconv"

	"sluice/ordered"
)

// Completion is a chat completion, or one chunk of it.
type Completion struct {
	members        ordered.Object
	changed        ordered.Object
	choices        []*Choice
	choicesChanged bool
	own            bool // made here: all of it goes to the gateway
}

func newCompletion(value json.RawMessage) *Completion {
	completion := &Completion{members: objectOf(value)}
	for _, element := range ordered.ParseArray(completion.members.Get("choices")) {
		completion.choices = append(completion.choices, &Choice{objectOf(element)})
	}
	return completion
}

// NewCompletion is one of your own, from its JSON.
func NewCompletion(text json.RawMessage) *Completion {
	completion := newCompletion(text)
	completion.own = true
	return completion
}

// Saying is a completion of your own with one choice.
func Saying(model, text string) *Completion {
	return NewCompletion(json.RawMessage(`{"id":"chatcmpl-plugin","object":"chat.completion","created":0,"model":` + string(ordered.Quote(model)) +
		`,"choices":[{"index":0,"message":{"role":"assistant","content":` + string(ordered.Quote(text)) + `},"finish_reason":"stop"}]}`))
}

func (c *Completion) Model() string { return textOf(c.Get("model")) }

// IsChunk tells an event of a stream: its choices then hold deltas.
func (c *Completion) IsChunk() bool { return textOf(c.Get("object")) == "chat.completion.chunk" }

func (c *Completion) Choices() []*Choice { return c.choices }

// SetChoices replaces the choices.
func (c *Completion) SetChoices(choices []*Choice) { c.choices, c.choicesChanged = choices, true }

// EditTexts edits what the model said, in all choices; true where something changed.
func (c *Completion) EditTexts(edit Edit) bool {
	changed := false
	for _, choice := range c.choices {
		changed = choice.editTexts(edit) || changed
	}
	c.choicesChanged = c.choicesChanged || changed
	return changed
}

// Get is the JSON of any member, such as usage; nil where there is none.
func (c *Completion) Get(key string) json.RawMessage {
	if value := c.changed.Get(key); value != nil {
		return value
	}
	return c.members.Get(key)
}

// Set takes anything that encoding/json can spell.
func (c *Completion) Set(key string, value any) {
	c.changed = c.changed.Set(key, ordered.Encode(value))
}

// answer is all of it, because an answer of nothing but empty texts would count as none; null where nothing changed.
func (c *Completion) answer() json.RawMessage {
	if !c.own && !c.choicesChanged && len(c.changed) == 0 {
		return null
	}
	result := append(ordered.Object{}, c.members...)
	for _, member := range c.changed {
		result = result.Set(member.Key, member.Value)
	}
	if c.choicesChanged {
		texts := make([]json.RawMessage, len(c.choices))
		for i, choice := range c.choices {
			texts[i] = choice.members.Text()
		}
		result = result.Set("choices", ordered.ArrayText(texts))
	}
	return result.Text()
}

// Choice is one of a completion.
type Choice struct{ members ordered.Object }

func (c *Choice) Index() int {
	index, _ := strconv.Atoi(string(c.members.Get("index")))
	return index
}

// FinishReason is empty as long as the choice goes on.
func (c *Choice) FinishReason() string { return textOf(c.members.Get("finish_reason")) }

// Text is what it says, whole or in this chunk.
func (c *Choice) Text() string {
	return (&Message{objectOf(c.members.Get(c.part()))}).Text()
}

// SetText puts a text in the place of what it says. SetChoices tells the completion of it.
func (c *Choice) SetText(text string) {
	part := objectOf(c.members.Get(c.part()))
	c.members = c.members.Set(c.part(), part.Set("content", ordered.Quote(text)).Text())
}

// Get is the JSON of any member; nil where there is none.
func (c *Choice) Get(key string) json.RawMessage { return c.members.Get(key) }

func (c *Choice) part() string {
	if isObject(c.members.Get("message")) {
		return "message"
	}
	return "delta"
}

func (c *Choice) editTexts(edit Edit) bool {
	message := Message{objectOf(c.members.Get(c.part()))}
	if !message.editTexts(edit) {
		return false
	}
	c.members = c.members.Set(c.part(), message.members.Text())
	return true
}

// Outcome is what the provider said: a response or an error. Set Response to recover from an error, or Error to refuse a response; both are
// nil where there was nothing.
type Outcome struct {
	Response *Completion
	Error    json.RawMessage
}

// PostHook runs when the provider has answered; in a stream, once an event.
type PostHook func(*Context, *Outcome) error

// ServePostHook is what package posthook exports.
func ServePostHook(block, size uint32, hook PostHook) uint64 {
	return serve(block, size, "hook_error", func(context *Context, input ordered.Object) (ordered.Object, error) {
		response := input.Get("response")
		wrapped := objectOf(response).Get("chat_response")
		var outcome Outcome
		isError := string(input.Get("has_error")) == "true"
		if isError {
			outcome.Error = input.Get("error")
		} else if isObject(wrapped) {
			outcome.Response = newCompletion(wrapped)
		} else {
			outcome.Response = newCompletion(response)
		}
		if err := hook(context, &outcome); err != nil {
			return nil, err
		}
		// What was put in wins over what was there.
		hasError := outcome.Error != nil && (!isError || outcome.Response == nil)
		left, failure := null, null
		if hasError {
			failure = outcome.Error
		} else if outcome.Response != nil {
			left = outcome.Response.answer()
		}
		if string(left) != "null" && (isObject(wrapped) || isError) {
			left = ordered.Object{{Key: "chat_response", Value: left}}.Text()
		}
		return ordered.Object{{Key: "response", Value: left}, {Key: "error", Value: failure}, {Key: "has_error", Value: truth(hasError)}, {Key: "hook_error", Value: nothing}}, nil
	})
}
