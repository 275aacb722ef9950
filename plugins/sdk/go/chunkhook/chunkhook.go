// Package chunkhook exports http_stream_chunk_hook to whoever imports it.
package chunkhook

import "sluice"

var handler sluice.ChunkHook

// Handle names the function that runs. Call it in an init function.
func Handle(hook sluice.ChunkHook) { handler = hook }

//go:wasmexport http_stream_chunk_hook
func export(block, size uint32) uint64 { return sluice.ServeChunkHook(block, size, handler) }
