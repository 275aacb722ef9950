package main

import "unsafe"

// The contract with the gateway, as any Go plug-in needs it: blocks of memory and packed results.

// held keeps every block that the gateway knows of alive; the collector does not move what it keeps.
var held = map[uint32][]byte{}

//go:wasmexport malloc
func malloc(size uint32) uint32 {
	return hold(make([]byte, max(size, 1)))
}

//go:wasmexport free
func free(block uint32) {
	delete(held, block)
}

func hold(block []byte) uint32 {
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(block))))
	held[address] = block
	return address
}

// take is what the gateway wrote into a block of malloc; a block that is not one is empty.
func take(block, size uint32) []byte {
	bytes := held[block]
	return bytes[:min(int(size), len(bytes))]
}

// give hands text to the gateway, which frees it: address in the upper half, length in the lower.
func give(text []byte) uint64 {
	size := uint64(len(text))
	if size == 0 {
		return 0
	}
	return uint64(hold(text))<<32 | size
}
