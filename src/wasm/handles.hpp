#pragma once

#include <sluice_engine.h>

#include <memory>

/// Owners of the C API's handles. Internal to the layer: wasmtime's header stops here.
namespace sluice::wasm {

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

using ConfigHandle = std::unique_ptr<wasm_config_t, FreeBy<wasm_config_delete>>;
using EngineHandle = std::unique_ptr<wasm_engine_t, FreeBy<wasm_engine_delete>>;
using ErrorHandle = std::unique_ptr<wasmtime_error_t, FreeBy<wasmtime_error_delete>>;
using TrapHandle = std::unique_ptr<wasm_trap_t, FreeBy<wasm_trap_delete>>;
using ModuleHandle = std::unique_ptr<wasmtime_module_t, FreeBy<wasmtime_module_delete>>;
using LinkerHandle = std::unique_ptr<wasmtime_linker_t, FreeBy<wasmtime_linker_delete>>;
using PreHandle = std::unique_ptr<wasmtime_instance_pre_t, FreeBy<wasmtime_instance_pre_delete>>;
using StoreHandle = std::unique_ptr<wasmtime_store_t, FreeBy<wasmtime_store_delete>>;
using FunctionTypeHandle = std::unique_ptr<wasm_functype_t, FreeBy<wasm_functype_delete>>;
using FutureHandle = std::unique_ptr<wasmtime_call_future_t, FreeBy<wasmtime_call_future_delete>>;

/// A byte vector of the C API, freed at the end of its scope.
class ByteVector {
  public:
    ByteVector() { wasm_byte_vec_new_empty(&bytes_); }
    ~ByteVector() { wasm_byte_vec_delete(&bytes_); }
    ByteVector(const ByteVector&) = delete;
    ByteVector& operator=(const ByteVector&) = delete;

    wasm_byte_vec_t* out() noexcept { return &bytes_; }
    const char* data() const noexcept { return bytes_.data; }
    std::size_t size() const noexcept { return bytes_.size; }

  private:
    wasm_byte_vec_t bytes_{};
};

}  // namespace sluice::wasm
