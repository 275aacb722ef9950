#pragma once

#include "files.hpp"
#include "hooks/hook_call.hpp"
#include "hooks/hook_plugin.hpp"
#include "hooks/instance_pool.hpp"
#include "wasm/engine.hpp"
#include "wasm/image_cache.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::tests {

/// An engine of its own, to load plug-ins of the hook ABI with. The image cache is the real one:
/// each test is a process, and compiling the Go guardrail takes seconds.
class HookHost {
  public:
    std::shared_ptr<const hooks::HookPlugin> load(std::string_view wasm,
                                                  hooks::HookPluginOptions options = {}) {
        if (options.name.empty()) options.name = "guest";
        return hooks::HookPlugin::load(engine_, cache_, as_bytes(wasm), std::move(options));
    }
    /// tests/guests/NAME.wat
    std::shared_ptr<const hooks::HookPlugin> load_guest(std::string_view name,
                                                        hooks::HookPluginOptions options = {}) {
        return load(guest(name), std::move(options));
    }
    const wasm::Engine& engine() const { return engine_; }
    const wasm::ImageCache& cache() const { return cache_; }

  private:
    wasm::Engine engine_;
    wasm::ImageCache cache_{wasm::ImageCache::default_folder()};
};

/// Calls a hook and runs it to its end on this thread.
inline std::string call_hook(hooks::InstancePool& pool, hooks::Phase phase,
                             std::string_view input = "{}") {
    const hooks::InstancePool::Lease lease = pool.take(input.size());
    hooks::HookCall call(*lease, phase, {input});
    while (call.resume() != wasm::FiberCall::Progress::done) {
    }
    return std::string(call.answer());
}

/// A guest whose exports answer with the given texts; its allocator forgets everything at each
/// free.
inline std::string guest_answering(
    const std::vector<std::pair<std::string, std::string>>& answers) {
    std::string wat = R"(;; A guest with fixed answers.
(module
  (memory (export "memory") 4)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
)";
    std::size_t at = 1024;
    for (const auto& [name, answer] : answers) {
        std::string escaped;
        for (const char c : answer) {
            constexpr std::string_view digits = "0123456789abcdef";
            escaped += '\\';
            escaped += digits[static_cast<unsigned char>(c) >> 4];
            escaped += digits[static_cast<unsigned char>(c) & 15];
        }
        wat += "  (data (i32.const " + std::to_string(at) + ") \"" + escaped + "\")\n";
        wat += "  (func (export \"" + name + "\") (param i32 i32) (result i64) (i64.const " +
               std::to_string(std::uint64_t{at} << 32 | answer.size()) + "))\n";
        at += answer.size();
    }
    return wat + ")\n";
}

}  // namespace sluice::tests
