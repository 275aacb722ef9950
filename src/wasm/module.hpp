#pragma once

#include "wasm/code_kind.hpp"

#include <sluice/bytes.hpp>
#include <sluice/values.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct wasm_engine_t;
struct wasmtime_module;

namespace sluice::wasm {

class Engine;
class EpochClock;
class MergedLibrary;

using sluice::FunctionType;
using sluice::to_string;
using sluice::ValueType;

enum class ExternKind : std::uint8_t { function, memory, table, global, tag };

struct MemoryType {
    std::uint64_t minimum_pages = 0;
    std::optional<std::uint64_t> maximum_pages{};
};

/// One import or export as the module declares it.
struct Extern {
    std::string module{};  ///< empty for exports
    std::string name{};
    ExternKind kind = ExternKind::function;
    std::optional<FunctionType> function{};  ///< set for functions
    std::optional<MemoryType> memory{};      ///< set for memories
};

/// Compiled WebAssembly code. Immutable, so one Module serves every thread; cheap to copy.
class Module {
  public:
    /// Blocks: about 50 ms per MB of code on the calling thread; never call it on an I/O thread.
    /// Errors: \throws Error invalid_input, with `name` and the validator's own words.
    /// `wasm` may also be WebAssembly text (WAT).
    /// `library` is linked into it where it imports from it and can be rewritten; null: none.
    static Module compile(const Engine& engine, std::string name, ByteView wasm,
                          const MergedLibrary* library = nullptr);

    /// Code that image() gave, on this machine or another one of its kind.
    ///
    /// The image is native code and runs with the process's rights: it must come from whom the
    /// process trusts. Blocks: about 1 ms per MB.
    /// `merged_library` is what merged_library() said of it.
    /// Errors: \throws Error invalid_input with the engine's words when it was made by another
    /// version, with other settings or for a CPU with features that this one lacks.
    static Module from_image(const Engine& engine, std::string name, ByteView image,
                             std::string merged_library = {});

    /// What from_image() takes. Errors: \throws Error internal.
    Bytes image() const;

    const std::string& name() const noexcept;
    const std::vector<Extern>& imports() const noexcept;
    const std::vector<Extern>& exports() const noexcept;
    /// The exported function of that name, or nothing.
    /// Lifetime: as long as any copy of this module.
    const FunctionType* exported_function(std::string_view name) const noexcept;
    /// The type of an export that has to be there, and has to be one of `accepted`.
    /// Errors: \throws Error missing_export, or invalid_input naming both types.
    const FunctionType& require(std::string_view name,
                                std::span<const FunctionType> accepted) const;
    /// Whether it exports a memory called `memory`.
    bool has_memory() const noexcept;

    /// The name of the library that was linked into it; empty when none was.
    const std::string& merged_library() const noexcept;

    /// What EngineOptions::code was where it was compiled.
    CodeKind kind() const noexcept;

    wasmtime_module* raw() const noexcept;
    wasm_engine_t* engine() const noexcept;
    EpochClock& clock() const noexcept;

    class Watch;

  private:
    struct State;
    explicit Module(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    friend class ImageCache;
    static Module adopt(const Engine& engine, std::string name, wasmtime_module* compiled,
                        std::string merged_library = {});
    std::shared_ptr<const State> state_;
};

/// Looks at a module without keeping it alive.
class Module::Watch {
  public:
    explicit Watch(const Module& module) : state_(module.state_) {}
    /// The module, while a copy of it is alive.
    std::optional<Module> module() const {
        auto state = state_.lock();
        return state ? std::optional<Module>(Module(std::move(state))) : std::nullopt;
    }
    bool is_gone() const noexcept { return state_.expired(); }

  private:
    std::weak_ptr<const State> state_;
};

}  // namespace sluice::wasm
