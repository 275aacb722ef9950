// Package httpprehook exports http_pre_hook to whoever imports it.
package httpprehook

import "sluice"

var handler sluice.HTTPPreHook

// Handle names the function that runs. Call it in an init function.
func Handle(hook sluice.HTTPPreHook) { handler = hook }

//go:wasmexport http_pre_hook
func export(block, size uint32) uint64 { return sluice.ServeHTTPPreHook(block, size, handler) }
