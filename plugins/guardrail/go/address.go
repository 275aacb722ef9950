package main

import "strings"

// maskAddresses puts "[email]" in the place of each e-mail address.
func maskAddresses(text string) string {
	var masked strings.Builder
	kept := 0 // what lies before is in masked already
	for at := range len(text) {
		if text[at] != '@' || at < kept {
			continue
		}
		start, end := localStart(text, at, kept), domainEnd(text, at+1)
		if start < at && end > 0 {
			masked.WriteString(text[kept:start])
			masked.WriteString("[email]")
			kept = end
		}
	}
	return masked.String() + text[kept:]
}

func localStart(text string, at, lowest int) int {
	start := at
	for start > lowest && (isAlphanumeric(text[start-1]) || strings.IndexByte("._%+-", text[start-1]) >= 0) {
		start--
	}
	for start < at && text[start] == '.' {
		start++
	}
	return start
}

// domainEnd is the end of a domain that starts at start: labels, a dot, at least two letters last. 0 for anything else.
func domainEnd(text string, start int) int {
	end := start
	for end < len(text) && (isAlphanumeric(text[end]) || text[end] == '.' || text[end] == '-') {
		end++
	}
	for end > start && !isAlphanumeric(text[end-1]) {
		end--
	}
	host := text[start:end]
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || len(host)-dot-1 < 2 {
		return 0
	}
	for i := dot + 1; i < len(host); i++ {
		if !isLetter(host[i]) {
			return 0
		}
	}
	return end
}

// Bytes of UTF-8 count as letters of a word, but not of an address.
func isLetter(c byte) bool       { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') }
func isAlphanumeric(c byte) bool { return isLetter(c) || (c >= '0' && c <= '9') }
func isWord(c byte) bool         { return isAlphanumeric(c) || c == '_' || c >= 0x80 }
