#pragma once

#include <sluice/bytes.hpp>
#include <sluice/error.hpp>
#include <sluice/log.hpp>
#include <sluice/manifest.hpp>
#include <sluice/runtime.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace sluice {

/// Bounds of one call. Each is on unless the caller says otherwise.
struct CallOptions {
    std::optional<std::chrono::milliseconds> timeout{};  ///< the manifest's when there is none
    std::stop_token cancel{};                            ///< may be asked to stop from any thread
};

/// What a plug-in's host wants to hear of it.
struct PluginOptions {
    LogSink log{};                        ///< without one, guests are told that logging is off
    LogLevel log_level = LogLevel::info;  ///< messages below it are not handed on
    /// What the guest prints to its standard output (fd 1) or error (fd 2). Nobody hears it when
    /// empty.
    std::function<void(int fd, std::string_view text)> output{};
};

/// A plug-in's compiled code, its manifest and its options: what many Plugins are made from.
///
/// Lifetime: a handle; copies share the code, and plug-ins keep it alive.
/// Threads: any.
class CompiledPlugin {
  public:
    /// Blocks: reads and compiles; about 50 ms per MB of code.
    /// Errors: \throws Error unavailable (no such file), invalid_input (not a module, an import
    ///     that nobody offers).
    CompiledPlugin(const Runtime& runtime, Manifest manifest, PluginOptions options = {});
    /// With a runtime of its own.
    explicit CompiledPlugin(Manifest manifest, PluginOptions options = {});

    const std::string& name() const noexcept;

    /// Sluice's own.
    struct State;
    explicit CompiledPlugin(std::shared_ptr<const State> state);
    const State& state() const noexcept { return *state_; }

  private:
    std::shared_ptr<const State> state_;
};

/// One running plug-in: an instance of a compiled module with its own memory and variables.
///
/// Lifetime: shares ownership of the compiled code; nothing else has to outlive it.
/// Threads: distinct objects, any threads; one object, one thread at a time.
class Plugin {
  public:
    /// Instantiates, and runs the guest's start and initialisation functions.
    /// Blocks: until they return, at most the manifest's timeout.
    /// Errors: \throws Error "failed to instantiate WASM module" with trap, timeout, memory_limit.
    explicit Plugin(const CompiledPlugin& compiled);
    /// Compiles first, with a runtime of its own. Blocks and errors: CompiledPlugin's as well.
    explicit Plugin(Manifest manifest, PluginOptions options = {});
    ~Plugin();
    Plugin(Plugin&&) noexcept;
    Plugin& operator=(Plugin&&) noexcept;

    /// Calls an exported function with `input`; what the guest set as its output comes back.
    ///
    /// Lifetime: the bytes stay valid until the next call(), reset() or destruction.
    /// Blocks: until the guest returns, at most `options.timeout`.
    /// Errors: \throws Error guest_error when the guest set an error, returned a number other than
    ///     0 or ended itself; the next call works. missing_export, or invalid_input when the
    ///     function takes arguments or gives more than an i32: the guest was not touched. trap,
    ///     timeout, memory_limit or cancelled: calls then throw poisoned until reset().
    /// Source: Extism runtime, `extism_plugin_call`.
    ByteView call(std::string_view function, ByteView input = {}, const CallOptions& options = {});

    /// Whether call() would find the function and accept its type.
    bool function_exists(std::string_view function) const noexcept;

    /// Puts a fresh instance in place of the present one; variables stay.
    /// Blocks and errors: as the constructor; after an error calls throw poisoned.
    void reset();

    /// The value of a variable; nothing when there is none. Lifetime: until it is changed.
    std::optional<ByteView> variable(std::string_view key) const noexcept;
    /// Errors: \throws Error memory_limit when the manifest's limit would be passed.
    void set_variable(std::string_view key, ByteView value);
    void remove_variable(std::string_view key);

    const std::string& name() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice
