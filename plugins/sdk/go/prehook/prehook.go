// Package prehook exports pre_hook to whoever imports it.
package prehook

import "sluice"

var handler sluice.PreHook

// Handle names the function that runs. Call it in an init function.
func Handle(hook sluice.PreHook) { handler = hook }

//go:wasmexport pre_hook
func export(block, size uint32) uint64 { return sluice.ServePreHook(block, size, handler) }
