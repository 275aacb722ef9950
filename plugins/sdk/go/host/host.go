// Package host is what the gateway does for plug-ins: the import module sluice. Importing this package is what makes a plug-in import it.
//
// An error is the host's sentence: what failed, or what the plug-in's entry does not permit.
package host

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unsafe"
)

//go:wasmimport sluice result_length
func resultLength() int32

//go:wasmimport sluice result_read
func resultRead(block unsafe.Pointer, capacity int32) int32

//go:wasmimport sluice log
func hostLog(level int32, text unsafe.Pointer, size int32)

//go:wasmimport sluice config_get
func configGet(key unsafe.Pointer, size int32) int64

//go:wasmimport sluice var_get
func varGet(key unsafe.Pointer, size int32) int64

//go:wasmimport sluice var_set
func varSet(key unsafe.Pointer, size int32, value unsafe.Pointer, valueSize int32, ttl int64) int64

//go:wasmimport sluice var_delete
func varDelete(key unsafe.Pointer, size int32) int64

//go:wasmimport sluice var_compare_and_swap
func varCompareAndSwap(key unsafe.Pointer, size int32, expected unsafe.Pointer, expectedSize int32, value unsafe.Pointer, valueSize int32, ttl int64) int64

//go:wasmimport sluice var_add
func varAdd(key unsafe.Pointer, size int32, delta int64, ttl int64) int64

//go:wasmimport sluice http_request
func httpRequest(request unsafe.Pointer, size int32, body unsafe.Pointer, bodySize int32) int64

//go:wasmimport sluice llm_call
func llmCall(request unsafe.Pointer, size int32) int64

//go:wasmimport sluice metric_add
func metricAdd(name unsafe.Pointer, size int32, labels unsafe.Pointer, labelsSize int32, value float64) int64

//go:wasmimport sluice metric_set
func metricSet(name unsafe.Pointer, size int32, labels unsafe.Pointer, labelsSize int32, value float64) int64

//go:wasmimport sluice clock_ms
func clockMs() int64

//go:wasmimport sluice random
func random(block unsafe.Pointer, size int32) int64

const absent = -1

func text(value string) (unsafe.Pointer, int32) {
	return unsafe.Pointer(unsafe.StringData(value)), int32(len(value))
}

func bytes(value []byte) (unsafe.Pointer, int32) {
	return unsafe.Pointer(unsafe.SliceData(value)), int32(len(value))
}

// result is what the last call left with the host; never nil.
func result() []byte {
	left := make([]byte, resultLength())
	block, size := bytes(left)
	return left[:resultRead(block, size)]
}

// data is the meaning of a call that yields data; nil where it is absent.
func data(code int64) ([]byte, error) {
	if code >= 0 {
		return result(), nil
	}
	if code == absent {
		return nil, nil
	}
	return nil, errors.New(string(result()))
}

// number is the meaning of a call that yields a number.
func number(code int64) (int64, error) {
	if code >= 0 {
		return code, nil
	}
	return 0, errors.New(string(result()))
}

func failure(code int64) error {
	_, err := number(code)
	return err
}

// milliseconds is 0, "for ever", for a ttl of 0 alone.
func milliseconds(ttl time.Duration) int64 {
	if ttl <= 0 {
		return 0
	}
	return max(ttl.Milliseconds(), 1)
}

// Level is how urgent a line of the log is.
type Level int32

const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
)

// Log writes a line to the gateway's log, with the plug-in's name.
func Log(level Level, line string) {
	block, size := text(line)
	hostLog(int32(level), block, size)
}

// Config is a member of `config` of the plug-in's entry: a string's text, everything else as JSON. False where there is none.
func Config(key string) (string, bool, error) {
	block, size := text(key)
	value, err := data(configGet(block, size))
	return string(value), value != nil, err
}

// Variable is shared by all instances of the plug-in; nil where it is absent.
func Variable(key string) ([]byte, error) {
	block, size := text(key)
	return data(varGet(block, size))
}

// SetVariable keeps a value for ttl; 0 is for ever.
func SetVariable(key string, value []byte, ttl time.Duration) error {
	block, size := text(key)
	from, length := bytes(value)
	return failure(varSet(block, size, from, length, milliseconds(ttl)))
}

// DeleteVariable tells whether there was one.
func DeleteVariable(key string) (bool, error) {
	block, size := text(key)
	deleted, err := number(varDelete(block, size))
	return deleted == 1, err
}

// SwapVariable sets a variable if it still holds expected; nil stands for "absent". Where it does not, it tells what the variable holds
// instead; empty where it is absent.
func SwapVariable(key string, expected, value []byte, ttl time.Duration) (swapped bool, present []byte, err error) {
	block, size := text(key)
	old, oldSize := bytes(expected)
	if expected == nil {
		oldSize = -1
	}
	from, length := bytes(value)
	done, err := number(varCompareAndSwap(block, size, old, oldSize, from, length, milliseconds(ttl)))
	if err != nil || done == 1 {
		return done == 1, nil, err
	}
	return false, result(), nil
}

// AddToVariable adds to a variable that holds a number, 0 where it is absent, and gives the new one. ttl counts from the variable's creation.
func AddToVariable(key string, delta int64, ttl time.Duration) (int64, error) {
	block, size := text(key)
	sum, err := data(varAdd(block, size, delta, milliseconds(ttl)))
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(sum), 10, 64)
}

// Request is what HTTP sends; URL is all that it needs.
type Request struct {
	URL     string
	Method  string
	Headers map[string]string
	Body    []byte
	Timeout time.Duration
}

// Response is what a server answered.
type Response struct {
	Status  int
	Headers json.RawMessage
	Body    []byte
}

// HTTP asks a server that allowed_hosts of the plug-in's entry names.
func HTTP(request Request) (*Response, error) {
	head, err := json.Marshal(struct {
		URL     string            `json:"url"`
		Method  string            `json:"method,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
		Timeout int64             `json:"timeout_ms,omitempty"`
	}{request.URL, request.Method, request.Headers, milliseconds(request.Timeout)})
	if err != nil {
		return nil, err
	}
	block, size := bytes(head)
	body, bodySize := bytes(request.Body)
	answer, err := data(httpRequest(block, size, body, bodySize))
	if err != nil {
		return nil, err
	}
	var read struct {
		Status  int             `json:"status"`
		Headers json.RawMessage `json:"headers"`
		Body    string          `json:"body"`
		Base64  *string         `json:"body_base64"`
	}
	if err := json.Unmarshal(answer, &read); err != nil {
		return nil, err
	}
	response := &Response{read.Status, read.Headers, []byte(read.Body)}
	if read.Base64 != nil {
		response.Body, err = base64.StdEncoding.DecodeString(*read.Base64)
	}
	return response, err
}

// LLM asks for a chat completion by way of the gateway, its providers, keys and fallbacks. A provider's error is an error with its JSON.
func LLM(request json.RawMessage) (json.RawMessage, error) {
	block, size := bytes(request)
	return data(llmCall(block, size))
}

func labelsText(labels map[string]string) (unsafe.Pointer, int32) {
	spelled, err := json.Marshal(labels)
	if err != nil || len(labels) == 0 {
		return text("{}")
	}
	return bytes(spelled)
}

// Count adds to a counter of the plug-in's own in /metrics.
func Count(name string, labels map[string]string, value float64) error {
	block, size := text(name)
	pairs, length := labelsText(labels)
	return failure(metricAdd(block, size, pairs, length, value))
}

// Gauge sets a gauge of the plug-in's own in /metrics.
func Gauge(name string, labels map[string]string, value float64) error {
	block, size := text(name)
	pairs, length := labelsText(labels)
	return failure(metricSet(block, size, pairs, length, value))
}

// ClockMs is milliseconds since 1970, where the plug-in's entry permits a clock.
func ClockMs() (int64, error) { return number(clockMs()) }

// Random fills the bytes, where the plug-in's entry permits randomness.
func Random(fill []byte) error {
	block, size := bytes(fill)
	return failure(random(block, size))
}
