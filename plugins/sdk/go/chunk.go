package sluice

import (
	"encoding/json"
	"strconv"

	"sluice/ordered"
)

// Fate is what becomes of an event of a stream.
type Fate int

const (
	Send Fate = iota // it is sent, with your changes
	Drop             // it is not sent, and the plug-ins that would come after do not see it
)

// Chunk is an event of a stream: a chunk of a completion, and what was said before it.
type Chunk struct {
	*Completion
	window []json.RawMessage
}

// Window is what the model said in a choice before this chunk, or the end of that: as many characters as `window` of the plug-in's entry says.
// Empty without that option.
func (c *Chunk) Window(choice int) string {
	for _, element := range c.window {
		if text := objectOf(element); string(text.Get("index")) == strconv.Itoa(choice) {
			return textOf(text.Get("text"))
		}
	}
	return ""
}

// HoldBack keeps the last characters of each choice back until more text or the end has come, so that edit sees a word whole that the provider
// cut in two. With keep one less than the longest word no part of a word is sent before edit has seen all of it. What is held stays in the
// context, under held with the choice's number.
//
// edit must leave alone what it has put in: held text comes by again.
func (c *Chunk) HoldBack(context *Context, held string, keep int, edit Edit) {
	for _, choice := range c.Choices() {
		key := held + "_" + strconv.Itoa(choice.Index())
		before, tail := choice.Text(), context.Text(key)
		text := edit(tail + before)
		end := len(text)
		if choice.FinishReason() == "" {
			end = startOfLast(text, keep)
		}
		if tail != "" || end < len(text) {
			context.Set(key, text[end:])
		}
		if text[:end] != before {
			choice.SetText(text[:end])
			c.SetChoices(c.Choices())
		}
	}
}

// startOfLast is where the last count characters of text start.
func startOfLast(text string, count int) int {
	at := len(text)
	for ; count > 0 && at > 0; count-- {
		for at--; at > 0 && text[at]&0xc0 == 0x80; at-- {
		}
	}
	return at
}

// ChunkHook runs for each event of a stream before it is sent.
type ChunkHook func(*Context, *Chunk) (Fate, error)

// ServeChunkHook is what package chunkhook exports.
func ServeChunkHook(block, size uint32, hook ChunkHook) uint64 {
	return serve(block, size, "error", func(context *Context, input ordered.Object) (ordered.Object, error) {
		chunk := &Chunk{newCompletion(input.Get("chunk")), ordered.ParseArray(input.Get("window"))}
		fate, err := hook(context, chunk)
		if err != nil {
			return nil, err
		}
		left := null
		if fate == Send {
			left = chunk.answer()
		}
		return ordered.Object{{Key: "chunk", Value: left}, {Key: "has_chunk", Value: truth(string(left) != "null")}, {Key: "skip", Value: truth(fate == Drop)}, {Key: "error", Value: nothing}}, nil
	})
}
