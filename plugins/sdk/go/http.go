package sluice

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"sluice/ordered"
)

// message is what an HTTP request and an HTTP response have in common.
type message struct {
	members ordered.Object
	changed ordered.Object
}

// Get is the JSON of any member; nil where there is none.
func (m *message) Get(key string) json.RawMessage {
	if value := m.changed.Get(key); value != nil {
		return value
	}
	return m.members.Get(key)
}

// Header finds a header, its name without regard to case; empty where it is absent.
func (m *message) Header(name string) string {
	for _, header := range objectOf(m.Get("headers")) {
		if strings.EqualFold(header.Key, name) {
			return textOf(header.Value)
		}
	}
	return ""
}

func (m *message) SetHeader(name, value string) {
	m.put("headers", m.without(name).Set(name, ordered.Quote(value)))
}

func (m *message) RemoveHeader(name string) { m.put("headers", m.without(name)) }

// without has all other headers: all of them go back, because a name that is missing is deleted.
func (m *message) without(name string) ordered.Object {
	kept := ordered.Object{}
	for _, header := range objectOf(m.Get("headers")) {
		if !strings.EqualFold(header.Key, name) {
			kept = append(kept, header)
		}
	}
	return kept
}

// Body has the bytes of the body; empty where there are none, or too many for hooks to see.
func (m *message) Body() []byte {
	body, err := base64.StdEncoding.DecodeString(textOf(m.Get("body")))
	if err != nil {
		return nil
	}
	return body
}

func (m *message) SetBody(body []byte) {
	m.changed = m.changed.Set("body", ordered.Quote(base64.StdEncoding.EncodeToString(body)))
}

func (m *message) put(key string, value ordered.Object) { m.changed = m.changed.Set(key, value.Text()) }

// HTTPRequest is the request as the client sent it. Its method and path cannot be changed; credentials read <redacted>.
type HTTPRequest struct{ message }

func newHTTPRequest(value json.RawMessage) *HTTPRequest {
	return &HTTPRequest{message{members: objectOf(value)}}
}

func (r *HTTPRequest) Method() string { return textOf(r.Get("method")) }
func (r *HTTPRequest) Path() string   { return textOf(r.Get("path")) }

// Query is one parameter; empty where it is absent.
func (r *HTTPRequest) Query(name string) string { return textOf(objectOf(r.Get("query")).Get(name)) }

func (r *HTTPRequest) SetQuery(name, value string) {
	r.put("query", objectOf(r.Get("query")).Set(name, ordered.Quote(value)))
}

// HTTPResponse is the gateway's, or one of your own.
type HTTPResponse struct{ message }

// NewResponse is an answer of your own, without a body.
func NewResponse(status int) *HTTPResponse {
	response := &HTTPResponse{}
	response.SetStatus(status)
	response.put("headers", ordered.Object{})
	response.SetBody(nil)
	return response
}

// JSONResponse is an answer of your own with a JSON body.
func JSONResponse(status int, body any) *HTTPResponse {
	response := NewResponse(status)
	response.SetHeader("Content-Type", "application/json")
	response.SetBody(ordered.Encode(body))
	return response
}

// ErrorResponse is an error of your own in OpenAI's shape, which its client libraries understand.
func ErrorResponse(status int, kind, text string) *HTTPResponse {
	inner := ordered.Object{{Key: "message", Value: ordered.Quote(text)}, {Key: "type", Value: ordered.Quote(kind)}, {Key: "param", Value: null}, {Key: "code", Value: null}}
	return JSONResponse(status, json.RawMessage(ordered.Object{{Key: "error", Value: inner.Text()}}.Text()))
}

func (r *HTTPResponse) Status() int {
	status, _ := strconv.Atoi(string(r.Get("status_code")))
	return status
}

func (r *HTTPResponse) SetStatus(status int) {
	r.changed = r.changed.Set("status_code", ordered.Encode(status))
}

// HTTPPreHook answers the request at once where it gives a response; no other hook runs then.
type HTTPPreHook func(*Context, *HTTPRequest) (*HTTPResponse, error)

// ServeHTTPPreHook is what package httpprehook exports.
func ServeHTTPPreHook(block, size uint32, hook HTTPPreHook) uint64 {
	return serve(block, size, "error", func(context *Context, input ordered.Object) (ordered.Object, error) {
		request := newHTTPRequest(input.Get("request"))
		response, err := hook(context, request)
		if err != nil {
			return nil, err
		}
		left, own := changes(request.changed), null
		if response != nil {
			left, own = null, response.changed.Text()
		}
		return ordered.Object{{Key: "request", Value: left}, {Key: "response", Value: own}, {Key: "has_response", Value: truth(response != nil)}, {Key: "error", Value: nothing}}, nil
	})
}

// HTTPPostHook sees a plain answer before it is sent.
type HTTPPostHook func(*Context, *HTTPRequest, *HTTPResponse) error

// ServeHTTPPostHook is what package httpposthook exports.
func ServeHTTPPostHook(block, size uint32, hook HTTPPostHook) uint64 {
	return serve(block, size, "error", func(context *Context, input ordered.Object) (ordered.Object, error) {
		response := &HTTPResponse{message{members: objectOf(input.Get("response"))}}
		if err := hook(context, newHTTPRequest(input.Get("request")), response); err != nil {
			return nil, err
		}
		return ordered.Object{{Key: "response", Value: changes(response.changed)}, {Key: "error", Value: nothing}}, nil
	})
}
