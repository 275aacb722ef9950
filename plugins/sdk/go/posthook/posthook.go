// Package posthook exports post_hook to whoever imports it.
package posthook

import "sluice"

var handler sluice.PostHook

// Handle names the function that runs. Call it in an init function.
func Handle(hook sluice.PostHook) { handler = hook }

//go:wasmexport post_hook
func export(block, size uint32) uint64 { return sluice.ServePostHook(block, size, handler) }
