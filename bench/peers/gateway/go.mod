module sluice/bench/peers/gateway

go 1.24

require (
	github.com/tetratelabs/wazero v1.9.0
	github.com/valyala/fasthttp v1.59.0
)

require (
	github.com/andybalholm/brotli v1.1.1 // indirect
	github.com/klauspost/compress v1.17.11 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
)
