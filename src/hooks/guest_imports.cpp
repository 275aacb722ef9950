#include "hooks/guest_imports.hpp"

#include "base/json_scan.hpp"
#include "base/wall_clock.hpp"
#include "hooks/extism_host.hpp"
#include "hooks/guest_host.hpp"
#include "hooks/host_module.hpp"
#include "plugin/extism_module.hpp"
#include "plugin/kernel.hpp"
#include "wasm/engine.hpp"
#include "wasm/instance.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace sluice::hooks {
namespace {

using wasm::Caller;
using wasm::Value;
using wasm::ValueType;

constexpr ValueType i32 = ValueType::i32;
constexpr ValueType f64 = ValueType::f64;

/// An AssemblyScript string: UTF-16LE at `pointer`, its byte length in the four bytes before it.
/// Empty when the pointer is no such thing: this text only explains, it must not fail.
std::string assembly_script_string(Caller& caller, std::uint32_t pointer) {
    constexpr std::uint32_t max_bytes = 4096;
    const auto memory = caller.memory();
    if (pointer < 4 || pointer > memory.size()) return {};
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, memory.data() + pointer - 4, 4);
    if (bytes > memory.size() - pointer) return {};
    std::string text;
    std::uint32_t high = 0;
    for (std::uint32_t at = 0; at + 2 <= std::min(bytes, max_bytes); at += 2) {
        const auto low_byte = std::to_integer<std::uint32_t>(memory[pointer + at]);
        const std::uint32_t unit =
            low_byte | std::to_integer<std::uint32_t>(memory[pointer + at + 1]) << 8;
        if (high != 0 && unit >= 0xDC00 && unit <= 0xDFFF) {
            append_utf8(text, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
            high = 0;
            continue;
        }
        if (high != 0) append_utf8(text, 0xFFFD);
        high = unit >= 0xD800 && unit <= 0xDBFF ? unit : 0;
        if (high == 0) append_utf8(text, unit >= 0xDC00 && unit <= 0xDFFF ? 0xFFFD : unit);
    }
    return text;
}

void abort_guest(Caller& caller, std::span<Value> values) {
    const auto at = [&values](std::size_t i) { return static_cast<std::uint32_t>(values[i].i32); };
    const std::string message = assembly_script_string(caller, at(0));
    const std::string file = assembly_script_string(caller, at(1));
    throw Error(ErrorCode::trap,
                fmt::format("abort: {} ({}:{}:{})", message.empty() ? "no message" : message,
                            file.empty() ? "?" : file, at(2), at(3)));
}

void define_assembly_script(wasm::Linker& linker) {
    linker.define("env", "abort", {{i32, i32, i32, i32}, {}}, abort_guest);
    linker.define("env", "seed", {{}, {f64}}, [](Caller&, std::span<Value> values) {
        std::random_device device;
        values[0].f64 = static_cast<double>(device());
    });
    linker.define("env", "Date.now", {{}, {f64}}, [](Caller&, std::span<Value> values) {
        const std::int64_t whole_ms = epoch_us() / 1000;
        values[0].f64 = static_cast<double>(whole_ms);
    });
    for (const std::string_view level : {"log", "debug", "info", "warn", "error"}) {
        const int fd = level == "warn" || level == "error" ? 2 : 1;
        linker.define("env", fmt::format("console.{}", level), {{i32}, {}},
                      [fd](Caller& caller, std::span<Value> values) {
                          const auto pointer = static_cast<std::uint32_t>(values[0].i32);
                          auto* host = std::any_cast<GuestHost*>(caller.data());
                          host->output().write(fd, assembly_script_string(caller, pointer) + '\n');
                      });
    }
}

void refuse_foreign_imports(const wasm::Module& module) {
    for (const wasm::Extern& import : module.imports()) {
        const bool known = import.module == "env" || import.module == "wasi_snapshot_preview1" ||
                           import.module == host_module || import.module == kernel_imports ||
                           import.module == kernel_host;
        if (known && import.kind == wasm::ExternKind::function) continue;
        throw Error(
            ErrorCode::invalid_input,
            fmt::format("failed to instantiate WASM module: plug-in {}: it imports \"{}\" "
                        "from \"{}\"; hosts of the hook ABI offer the functions of \"env\", "
                        "\"wasi_snapshot_preview1\", \"sluice\" and \"extism:host/env\" only",
                        module.name(), import.name, import.module));
    }
}

/// Extism's functions: linked into the module with its kernel, or by an instance of that beside it.
void define_extism(wasm::Linker& linker, const wasm::Engine& engine, const wasm::Module& module,
                   const HookPluginOptions& options) {
    define_extism_host(linker, options);
    if (!module.merged_library().empty()) return;
    linker.add_library(std::string(kernel_imports),
                       wasm::Module::compile(engine, "kernel", as_bytes(kernel_text())));
}

}  // namespace

wasm::Linker guest_imports(const wasm::Engine& engine, const wasm::Module& module,
                           const HookPluginOptions& options) {
    check_kernel_imports(module);
    refuse_foreign_imports(module);
    wasm::Linker linker(engine);
    linker.define_wasi();
    define_assembly_script(linker);
    define_host_calls(linker, module, options);
    if (imports_kernel(module)) define_extism(linker, engine, module, options);
    linker.define_unknown_imports_as_traps(module);
    return linker;
}

}  // namespace sluice::hooks
