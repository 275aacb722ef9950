// Package httpposthook exports http_post_hook to whoever imports it.
package httpposthook

import "sluice"

var handler sluice.HTTPPostHook

// Handle names the function that runs. Call it in an init function.
func Handle(hook sluice.HTTPPostHook) { handler = hook }

//go:wasmexport http_post_hook
func export(block, size uint32) uint64 { return sluice.ServeHTTPPostHook(block, size, handler) }
