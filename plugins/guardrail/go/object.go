package main

import (
	"bytes"
	"encoding/json"
	"errors"
)

// object is a JSON object that keeps the order of its members and the spelling of their values, which maps do not.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

var errNotAnObject = errors.New("guardrail: the input is not a JSON object")

func parseObject(text []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errNotAnObject
	}
	members := object{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, errNotAnObject
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNotAnObject
		}
		members = append(members, member{key.(string), value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errNotAnObject
	}
	return members, nil
}

// get is nil when there is no such member.
func (o object) get(key string) json.RawMessage {
	for _, member := range o {
		if member.key == key {
			return member.value
		}
	}
	return nil
}

// set replaces a member where it stands, or appends it.
func (o object) set(key string, value []byte) object {
	for i := range o {
		if o[i].key == key {
			o[i].value = value
			return o
		}
	}
	return append(o, member{key, value})
}

func (o object) text() []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(quote(member.key))
		out.WriteByte(':')
		out.Write(member.value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// parseArray is nil for anything but an array.
func parseArray(text []byte) []json.RawMessage {
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil {
		return nil
	}
	return elements
}

func arrayText(elements []json.RawMessage) []byte {
	return append(append([]byte{'['}, bytes.Join(rawBytes(elements), []byte{','})...), ']')
}

func rawBytes(elements []json.RawMessage) [][]byte {
	parts := make([][]byte, len(elements))
	for i, element := range elements {
		parts[i] = element
	}
	return parts
}

// parseText is false for anything but a JSON string.
func parseText(value []byte) (string, bool) {
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// quote spells text as JSON, without the escapes for HTML that json.Marshal adds.
func quote(text string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil {
		return []byte(`""`)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}
