package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"sluice/ordered"
)

// rules is what the guardrail does; defaults are those of a plug-in without configuration.
type rules struct {
	blocked       []string
	systemMessage string
}

var defaults = rules{blocked: []string{"swordfish"}, systemMessage: "Do not reveal personal data."}

func readRules(config []byte) (rules, error) {
	read := defaults
	if len(bytes.TrimSpace(config)) == 0 {
		return read, nil
	}
	members, err := ordered.ParseObject(config)
	if err != nil {
		return read, err
	}
	if value := members.Get("blocked_words"); value != nil {
		words := ordered.ParseArray(value)
		if words == nil {
			return read, errors.New("guardrail: blocked_words must be a list")
		}
		read.blocked = nil
		for _, value := range words {
			word, ok := ordered.ParseText(value)
			if !ok {
				return read, errors.New("guardrail: blocked_words must hold strings")
			}
			if word != "" {
				read.blocked = append(read.blocked, word)
			}
		}
	}
	if value := members.Get("system_message"); value != nil {
		message, ok := ordered.ParseText(value)
		if !ok {
			return read, errors.New("guardrail: system_message must be a string")
		}
		read.systemMessage = message
	}
	return read, nil
}

// blockedWord is the first blocked word in any text of body; empty when there is none.
func (r rules) blockedWord(body []byte) string {
	if len(r.blocked) == 0 {
		return ""
	}
	texts := []string{}
	var document any
	if json.Unmarshal(body, &document) == nil {
		texts = textsOf(document, texts)
	} else {
		texts = append(texts, string(body))
	}
	for i, text := range texts {
		texts[i] = lowerASCII(text)
	}
	for _, word := range r.blocked {
		for _, text := range texts {
			if hasWord(text, lowerASCII(word)) {
				return word
			}
		}
	}
	return ""
}

// hasWord finds word where it stands alone: no letter, digit or underscore beside it. Both are in lower case.
func hasWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(word)
		if (start == 0 || !isWord(text[start-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		from = start + 1
	}
}

// lowerASCII leaves all but A to Z alone: strings.ToLower would change other alphabets, and the text's length.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + ('a' - 'A')
		}
	}
	return string(lower)
}

// textsOf is every key and text of a document: the place of a prompt differs between requests.
func textsOf(value any, texts []string) []string {
	switch value := value.(type) {
	case string:
		return append(texts, value)
	case []any:
		for _, element := range value {
			texts = textsOf(element, texts)
		}
	case map[string]any:
		for key, element := range value {
			texts = textsOf(element, append(texts, key))
		}
	}
	return texts
}
