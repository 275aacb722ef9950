package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// plugins are instances of one plug-in, each for one request at a time.
type plugins struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	mutex    sync.Mutex
	idle     []*guest
}

type guest struct {
	memory       api.Memory
	malloc, free api.Function
	hooks        map[string]api.Function
}

func load(wasm []byte) (*plugins, error) {
	background := context.Background()
	runtime := wazero.NewRuntimeWithConfig(background, wazero.NewRuntimeConfigCompiler())
	wasi_snapshot_preview1.MustInstantiate(background, runtime)
	compiled, err := runtime.CompileModule(background, wasm)
	return &plugins{runtime: runtime, compiled: compiled}, err
}

func (p *plugins) take() (*guest, error) {
	p.mutex.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		taken := p.idle[last]
		p.idle = p.idle[:last]
		p.mutex.Unlock()
		return taken, nil
	}
	p.mutex.Unlock()
	return p.instantiate()
}

func (p *plugins) giveBack(used *guest) {
	p.mutex.Lock()
	p.idle = append(p.idle, used)
	p.mutex.Unlock()
}

func (p *plugins) instantiate() (*guest, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
	module, err := p.runtime.InstantiateModule(context.Background(), p.compiled, config)
	if err != nil {
		return nil, err
	}
	made := &guest{memory: module.Memory(), malloc: module.ExportedFunction("malloc"),
		free: module.ExportedFunction("free"), hooks: map[string]api.Function{}}
	if made.malloc == nil || made.free == nil || made.memory == nil {
		return nil, errors.New("the plug-in lacks memory, malloc or free")
	}
	for _, name := range []string{"http_pre_hook", "pre_hook", "post_hook", "http_post_hook"} {
		if hook := module.ExportedFunction(name); hook != nil {
			made.hooks[name] = hook
		}
	}
	return made, nil
}

// call gives nil where the guest has no such hook or no opinion.
func (g *guest) call(name string, input []byte) ([]byte, error) {
	hook := g.hooks[name]
	if hook == nil {
		return nil, nil
	}
	background := context.Background()
	block, err := g.malloc.Call(background, uint64(len(input)))
	if err != nil {
		return nil, err
	}
	if !g.memory.Write(uint32(block[0]), input) {
		return nil, fmt.Errorf("%s: malloc gave a block outside the memory", name)
	}
	packed, err := hook.Call(background, block[0], uint64(len(input)))
	if err != nil {
		return nil, err
	}
	at, size := uint32(packed[0]>>32), uint32(packed[0])
	seen, found := g.memory.Read(at, size)
	if !found {
		return nil, fmt.Errorf("%s: its answer is outside the memory", name)
	}
	answer := append([]byte(nil), seen...)
	if _, err := g.free.Call(background, block[0], uint64(len(input))); err != nil {
		return nil, err
	}
	if size != 0 {
		_, err = g.free.Call(background, uint64(at), uint64(size))
	}
	return answer, err
}
