#include "wasm/code_image.hpp"

#include "wasm/engine.hpp"

namespace sluice::wasm {

ModuleHandle map_code(const Engine& engine, ByteView image, ErrorHandle& refused) {
    wasmtime_module_t* module = nullptr;
    refused.reset(wasmtime_module_deserialize(
        engine.raw(), reinterpret_cast<const std::uint8_t*>(image.data()), image.size(), &module));
    return ModuleHandle(module);
}

}  // namespace sluice::wasm
