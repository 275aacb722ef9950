package sluice

import "unsafe"

// held keeps every block that the gateway knows of alive; the collector does not move what it keeps.
var held = map[uint32][]byte{}

// The names with a prefix work for both compilers: TinyGo's runtime owns malloc and free.
//
//go:wasmexport plugin_malloc
func malloc(size uint32) uint32 {
	return hold(make([]byte, max(size, 1)))
}

//go:wasmexport plugin_free
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
	if len(text) == 0 {
		return 0
	}
	return uint64(hold(text))<<32 | uint64(len(text))
}
