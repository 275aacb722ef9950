package main

import (
	"bytes"

	"sluice/ordered"
)

// maskResponse is null when no address was there.
//
// The gateway wraps a response by its kind; a bare one has its choices at the top.
func maskResponse(value []byte) []byte {
	if masked, changed := maskChoices(value); changed {
		return masked
	}
	response, err := ordered.ParseObject(value)
	if err != nil {
		return null
	}
	changed := false
	for i, member := range response {
		if wrapped, masked := maskChoices(member.Value); masked {
			response[i].Value = wrapped
			changed = true
		}
	}
	if !changed {
		return null
	}
	return response.Text()
}

// maskChoices masks what the model said: message, delta or text of each choice.
func maskChoices(value []byte) ([]byte, bool) {
	if !mayHoldAddress(value) {
		return value, false
	}
	return editMember(value, "choices", func(choices []byte) ([]byte, bool) {
		return editElements(choices, func(choice []byte) ([]byte, bool) {
			choice, inMessage := editMember(choice, "message", maskMessage)
			choice, inDelta := editMember(choice, "delta", maskMessage)
			choice, inText := editMember(choice, "text", maskText)
			return choice, inMessage || inDelta || inText
		})
	})
}

// maskMessage: content is a string or a list of blocks with a text each.
func maskMessage(message []byte) ([]byte, bool) {
	return editMember(message, "content", func(content []byte) ([]byte, bool) {
		if masked, changed := maskText(content); changed {
			return masked, true
		}
		return editElements(content, func(block []byte) ([]byte, bool) {
			return editMember(block, "text", maskText)
		})
	})
}

func maskText(value []byte) ([]byte, bool) {
	text, ok := ordered.ParseText(value)
	if !ok {
		return value, false
	}
	masked := maskAddresses(text)
	return ordered.Quote(masked), masked != text
}

// mayHoldAddress is a quick look before a careful one: an at sign, plain or as an escape.
func mayHoldAddress(value []byte) bool {
	return bytes.IndexByte(value, '@') >= 0 || bytes.Contains(value, []byte(`\u0040`))
}

// editMember applies edit to one member; the text stays byte for byte as it was when edit changes nothing.
func editMember(value []byte, key string, edit func([]byte) ([]byte, bool)) ([]byte, bool) {
	members, err := ordered.ParseObject(value)
	if err != nil || members.Get(key) == nil {
		return value, false
	}
	edited, changed := edit(members.Get(key))
	if !changed {
		return value, false
	}
	return members.Set(key, edited).Text(), true
}

func editElements(value []byte, edit func([]byte) ([]byte, bool)) ([]byte, bool) {
	elements := ordered.ParseArray(value)
	changed := false
	for i, element := range elements {
		if edited, ok := edit(element); ok {
			elements[i] = edited
			changed = true
		}
	}
	if !changed {
		return value, false
	}
	return ordered.ArrayText(elements), true
}
