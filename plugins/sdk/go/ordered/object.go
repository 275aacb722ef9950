// Package ordered reads and writes JSON without touching what nobody changes: members keep their order, values their spelling. Maps keep neither.
package ordered

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Object is a JSON object.
type Object []Member

// Member is a key with the JSON of its value.
type Member struct {
	Key   string
	Value json.RawMessage
}

// ErrNotAnObject says that a text is no JSON object.
var ErrNotAnObject = errors.New("the input is not a JSON object")

// ParseObject fails with ErrNotAnObject for anything else.
func ParseObject(text []byte) (Object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, ErrNotAnObject
	}
	members := Object{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, ErrNotAnObject
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, ErrNotAnObject
		}
		members = append(members, Member{key.(string), value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, ErrNotAnObject
	}
	return members, nil
}

// Get is nil where there is no such member.
func (o Object) Get(key string) json.RawMessage {
	for _, member := range o {
		if member.Key == key {
			return member.Value
		}
	}
	return nil
}

// Set replaces a member where it stands, or appends it.
func (o Object) Set(key string, value []byte) Object {
	for i := range o {
		if o[i].Key == key {
			o[i].Value = value
			return o
		}
	}
	return append(o, Member{key, value})
}

// Text is the object's JSON.
func (o Object) Text() []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(Quote(member.Key))
		out.WriteByte(':')
		out.Write(member.Value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// ParseArray is nil for anything but an array.
func ParseArray(text []byte) []json.RawMessage {
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil {
		return nil
	}
	return elements
}

// ArrayText is the JSON of an array.
func ArrayText(elements []json.RawMessage) []byte {
	parts := make([][]byte, len(elements))
	for i, element := range elements {
		parts[i] = element
	}
	return append(append([]byte{'['}, bytes.Join(parts, []byte{','})...), ']')
}

// ParseText is false for anything but a JSON string.
func ParseText(value []byte) (string, bool) {
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// Quote spells a text as JSON.
func Quote(text string) []byte { return Encode(text) }

// Encode spells a value as JSON, without the escapes for HTML that json.Marshal adds; null for what has no JSON.
func Encode(value any) []byte {
	if raw, ok := value.(json.RawMessage); ok && len(raw) > 0 {
		return raw
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}
