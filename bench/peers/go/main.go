// What calls and plug-ins cost with Extism's SDK for Go; prints JSON as bench/timing.hpp does.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"time"

	extism "github.com/extism/go-sdk"
)

type figures struct {
	Median float64 `json:"median_ns"`
	P99    float64 `json:"p99_ns"`
}

// Rounds of batch runs each, for the time and at least five times, as in bench/timing.hpp.
func measure(batch int, limit time.Duration, work func()) figures {
	for i := 0; i < batch; i++ {
		work()
	}
	var rounds []float64
	for end := time.Now().Add(limit); time.Now().Before(end) || len(rounds) < 5; {
		begin := time.Now()
		for i := 0; i < batch; i++ {
			work()
		}
		rounds = append(rounds, float64(time.Since(begin).Nanoseconds())/float64(batch))
	}
	sort.Float64s(rounds)
	return figures{rounds[len(rounds)/2], rounds[len(rounds)*99/100]}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go peer:", err)
		os.Exit(1)
	}
}

func main() {
	file := flag.String("wasm", "", "the guest, made of bench/guests/extism.wat")
	ms := flag.Int("ms", 300, "how long each case runs")
	flag.Parse()
	wasm, err := os.ReadFile(*file)
	check(err)

	ctx := context.Background()
	manifest := extism.Manifest{Wasm: []extism.Wasm{extism.WasmData{Data: wasm}}}
	compiled, err := extism.NewCompiledPlugin(ctx, manifest, extism.PluginConfig{}, nil)
	check(err)
	create := func() *extism.Plugin {
		plugin, err := compiled.Instance(ctx, extism.PluginInstanceConfig{})
		check(err)
		return plugin
	}
	call := func(plugin *extism.Plugin, function string, input []byte) {
		status, _, err := plugin.Call(function, input)
		check(err)
		if status != 0 {
			check(fmt.Errorf("%s returned %d", function, status))
		}
	}

	limit := time.Duration(*ms) * time.Millisecond
	found := map[string]figures{}
	plugin := create()
	add := func(name string, batch int, function string, size int) {
		input := make([]byte, size)
		for i := range input {
			input[i] = 'e'
		}
		found[name] = measure(batch, limit, func() { call(plugin, function, input) })
	}
	add("call nothing", 100, "nothing", 0)
	add("echo 64 B", 100, "echo", 64)
	add("echo 1 KiB", 50, "echo", 1<<10)
	add("echo 64 KiB", 1, "echo", 64<<10)
	add("count_vowels 64 KiB", 1, "count_vowels", 64<<10)
	found["create and free"] = measure(1, limit, func() { check(create().Close(ctx)) })
	found["create, call and free"] = measure(1, limit, func() {
		one := create()
		call(one, "nothing", nil)
		check(one.Close(ctx))
	})
	check(json.NewEncoder(os.Stdout).Encode(found))
}
