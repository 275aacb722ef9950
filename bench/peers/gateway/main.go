// A gateway as it is commonly built in Go: fasthttp in front, plug-ins on wazero, JSON by encoding/json.
//
// It does the least that the hook contract asks for: every hook that the plug-in exports is called with the same
// input that Sluice gives it, and its answer is obeyed. No keys, no log, no metrics, no limits.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

type object = map[string]json.RawMessage

type gateway struct {
	upstream *fasthttp.HostClient
	plugins  *plugins
}

type httpRequest struct {
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	Headers    map[string]string `json:"headers"`
	Query      map[string]string `json:"query"`
	PathParams map[string]string `json:"path_params"`
	Body       []byte            `json:"body"` // base64 in JSON
}

type httpResponse struct {
	StatusCode int               `json:"status_code"`
	Headers    map[string]string `json:"headers"`
	Body       []byte            `json:"body"`
}

type chatRequest struct {
	Provider  string            `json:"provider"`
	Model     string            `json:"model"`
	Input     json.RawMessage   `json:"input"`
	Params    object            `json:"params"`
	Fallbacks []json.RawMessage `json:"fallbacks"`
}

// What hooks are given and answer: each uses some of it.
type envelope struct {
	Context      object          `json:"context"`
	Request      json.RawMessage `json:"request,omitempty"`
	Response     json.RawMessage `json:"response,omitempty"`
	HasResponse  bool            `json:"has_response,omitempty"`
	ShortCircuit json.RawMessage `json:"short_circuit,omitempty"`
	IsShort      bool            `json:"has_short_circuit,omitempty"`
	Error        json.RawMessage `json:"error,omitempty"`
	HasError     bool            `json:"has_error,omitempty"`
}

func isSet(value json.RawMessage) bool {
	return len(value) > 0 && !bytes.Equal(value, []byte("null")) && !bytes.Equal(value, []byte("{}"))
}

func must(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func fields(all *fasthttp.RequestHeader) map[string]string {
	found := make(map[string]string)
	all.VisitAll(func(key, value []byte) { found[string(key)] = string(value) })
	return found
}

// overlay lays the members of `over` over those of `base`.
func overlay(base, over json.RawMessage) json.RawMessage {
	if !isSet(over) {
		return base
	}
	var members, changes object
	if json.Unmarshal(base, &members) != nil || json.Unmarshal(over, &changes) != nil {
		return over
	}
	for key, value := range changes {
		members[key] = value
	}
	return must(members)
}

func (g *gateway) serve(ctx *fasthttp.RequestCtx) {
	if err := g.chat(ctx); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
	}
}

// hook calls one hook and merges the context that comes back.
func (g *gateway) hook(guest *guest, name string, in envelope, context object) (envelope, error) {
	in.Context = context
	var out envelope
	answer, err := guest.call(name, must(in))
	if err != nil || answer == nil {
		return out, err
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	for key, value := range out.Context {
		context[key] = value
	}
	return out, nil
}

func (g *gateway) chat(ctx *fasthttp.RequestCtx) error {
	guest, err := g.plugins.take()
	if err != nil {
		return err
	}
	defer g.plugins.giveBack(guest)
	context := object{"request_id": must(fmt.Sprintf("%d", ctx.ID()))}
	request := httpRequest{Method: string(ctx.Method()), Path: string(ctx.Path()), Headers: fields(&ctx.Request.Header),
		Query: map[string]string{}, PathParams: map[string]string{}, Body: ctx.PostBody()}
	out, err := g.hook(guest, "http_pre_hook", envelope{Request: must(request)}, context)
	if err != nil {
		return err
	}
	if out.HasResponse {
		return answer(ctx, out.Response)
	}
	var body object
	if err := json.Unmarshal(request.Body, &body); err != nil {
		return err
	}
	reply, status, err := g.complete(guest, body, context)
	if err != nil {
		return err
	}
	response := httpResponse{StatusCode: status, Headers: map[string]string{"Content-Type": "application/json"}, Body: reply}
	out, err = g.hook(guest, "http_post_hook", envelope{Request: must(request), Response: must(response)}, context)
	if err != nil {
		return err
	}
	return answer(ctx, overlay(must(response), out.Response))
}

// complete runs the hooks around the model and asks it.
func (g *gateway) complete(guest *guest, body, context object) ([]byte, int, error) {
	var name string
	if err := json.Unmarshal(body["model"], &name); err != nil {
		return nil, 0, err
	}
	provider, model, _ := strings.Cut(name, "/")
	chat := chatRequest{Provider: provider, Model: model, Input: body["messages"], Params: object{}, Fallbacks: []json.RawMessage{}}
	for key, value := range body {
		if key != "model" && key != "messages" {
			chat.Params[key] = value
		}
	}
	asked := must(chat)
	out, err := g.hook(guest, "pre_hook", envelope{Request: asked}, context)
	if err != nil {
		return nil, 0, err
	}
	if out.IsShort {
		return out.ShortCircuit, fasthttp.StatusOK, nil
	}
	if err := json.Unmarshal(overlay(asked, out.Request), &chat); err != nil {
		return nil, 0, err
	}
	body["model"], body["messages"] = must(chat.Model), chat.Input
	reply, status, err := g.ask(must(body))
	if err != nil {
		return nil, 0, err
	}
	wrapped := must(object{"chat_response": reply})
	out, err = g.hook(guest, "post_hook", envelope{Response: wrapped, Error: json.RawMessage("{}")}, context)
	if err != nil {
		return nil, 0, err
	}
	var unwrapped object
	if err := json.Unmarshal(overlay(wrapped, out.Response), &unwrapped); err != nil {
		return nil, 0, err
	}
	return unwrapped["chat_response"], status, nil
}

func (g *gateway) ask(body []byte) ([]byte, int, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.SetRequestURI("http://" + g.upstream.Addr + "/v1/chat/completions")
	request.Header.SetContentType("application/json")
	request.Header.Set("Authorization", "Bearer sk-upstream")
	request.SetBodyRaw(body)
	if err := g.upstream.Do(request, response); err != nil {
		return nil, 0, err
	}
	return append([]byte(nil), response.Body()...), response.StatusCode(), nil
}

func answer(ctx *fasthttp.RequestCtx, text json.RawMessage) error {
	var response httpResponse
	if err := json.Unmarshal(text, &response); err != nil {
		return err
	}
	for key, value := range response.Headers {
		ctx.Response.Header.Set(key, value)
	}
	ctx.SetStatusCode(response.StatusCode)
	ctx.SetBody(response.Body)
	return nil
}

func main() {
	upstream := flag.String("upstream", "", "HOST:PORT of the provider")
	plugin := flag.String("plugin", "", "the plug-in's file")
	flag.Parse()
	wasm, err := os.ReadFile(*plugin)
	if err != nil {
		log.Fatal(err)
	}
	plugins, err := load(wasm)
	if err != nil {
		log.Fatal(err)
	}
	gateway := &gateway{upstream: &fasthttp.HostClient{Addr: *upstream, MaxConns: 4096, ReadTimeout: time.Minute}, plugins: plugins}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(fasthttp.Serve(listener, gateway.serve))
}
