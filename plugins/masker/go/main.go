// Masker: keeps words out of what is asked and answered, also where a provider cuts them in two.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"sluice"
	"sluice/chunkhook"
	"sluice/httpposthook"
	"sluice/httpprehook"
	"sluice/posthook"
	"sluice/prehook"
)

type settings struct {
	Words        []string `json:"words"`
	MostMessages int      `json:"most_messages"`
	MostBytes    int      `json:"most_bytes"`
	StopAt       string   `json:"stop_at"` // ends a stream; needs the window option to be seen where a provider cuts it in two
}

const mask = "***"

var active = settings{Words: []string{"swordfish"}, MostMessages: 100, MostBytes: 1_000_000}

func init() {
	sluice.Register(sluice.Plugin{Name: "masker", Init: configure})
	httpprehook.Handle(httpPreHook)
	prehook.Handle(preHook)
	posthook.Handle(postHook)
	chunkhook.Handle(chunkHook)
	httpposthook.Handle(httpPostHook)
}

func main() {}

func configure(config json.RawMessage) error {
	if err := json.Unmarshal(config, &active); err != nil {
		return err
	}
	for _, word := range active.Words {
		if word == "" {
			return errors.New("words must hold texts")
		}
	}
	return nil
}

func httpPreHook(_ *sluice.Context, request *sluice.HTTPRequest) (*sluice.HTTPResponse, error) {
	if len(request.Body()) > active.MostBytes {
		why := fmt.Sprintf("the body has more than %d bytes", active.MostBytes)
		return sluice.ErrorResponse(413, "invalid_request_error", why), nil
	}
	if request.Header("X-Masker") == "" {
		request.SetHeader("X-Masker", "on")
	}
	return nil, nil
}

func preHook(context *sluice.Context, request *sluice.ChatRequest) (*sluice.ShortCircuit, error) {
	if !request.HasMessages() {
		return nil, errors.New("the request has no messages")
	}
	if len(request.Messages()) > active.MostMessages {
		return sluice.ShortError(400, "invalid_request_error", fmt.Sprintf("more than %d messages", active.MostMessages)), nil
	}
	if request.EditTexts(masked) {
		context.Set("masked", true)
	}
	return nil, nil
}

func postHook(context *sluice.Context, outcome *sluice.Outcome) error {
	response := outcome.Response
	if response != nil && !response.IsChunk() && response.EditTexts(masked) {
		context.Set("masked", true)
	}
	return nil
}

func chunkHook(context *sluice.Context, chunk *sluice.Chunk) (sluice.Fate, error) {
	for _, choice := range chunk.Choices() {
		said := chunk.Window(choice.Index()) + choice.Text()
		if active.StopAt != "" && strings.Contains(said, active.StopAt) {
			return sluice.Drop, fmt.Errorf("the answer came to %q", active.StopAt)
		}
	}
	longest := 1
	for _, word := range active.Words {
		longest = max(longest, utf8.RuneCountInString(word))
	}
	chunk.HoldBack(context, "masker_held", longest-1, masked)
	return sluice.Send, nil
}

func httpPostHook(context *sluice.Context, _ *sluice.HTTPRequest, response *sluice.HTTPResponse) error {
	if string(context.Get("masked")) == "true" {
		response.SetHeader("X-Masked", "yes")
	}
	return nil
}

func masked(text string) string {
	for _, word := range active.Words {
		text = strings.ReplaceAll(text, word, mask)
	}
	return text
}
