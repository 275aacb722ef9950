#pragma once

#include <sluice/bytes.hpp>
#include <sluice/error.hpp>
#include <sluice/host_function.hpp>
#include <sluice/http.hpp>
#include <sluice/log.hpp>
#include <sluice/manifest.hpp>
#include <sluice/observe.hpp>
#include <sluice/profile.hpp>
#include <sluice/runtime.hpp>
#include <sluice/values.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Bounds of one call. Each is on unless the caller says otherwise.
struct CallOptions {
    std::optional<std::chrono::milliseconds> timeout{};  ///< the manifest's when there is none
    /// PluginOptions::fuel when there is none; a plug-in without that can have none here either.
    std::optional<std::uint64_t> fuel{};
    std::stop_token cancel{};  ///< may be asked to stop from any thread
    /// For host functions: CurrentPlugin::host_context. Lifetime: the call.
    void* host_context = nullptr;
    /// What the call's trace is a part of, where PluginOptions::observer asks for traces. Lifetime:
    /// the call. Null: a trace of its own.
    const observe::TraceContext* trace = nullptr;
};

/// How a guest's run ended, and all that it left: see Plugin::try_call.
struct CallResult {
    enum class End {
        returned,
        exited,     ///< it ended its program itself, `proc_exit`
        cut_short,  ///< by `fault`
    };
    End end = End::returned;
    std::int32_t status = 0;       ///< what it returned or exited with; 0 when it gives none
    std::string said{};            ///< the error that it set, cut off at 64 KiB; empty: none
    std::optional<Error> fault{};  ///< trap, timeout, cancelled, memory_limit, fuel_limit, internal
    bool host_failed = false;      ///< the fault is that a function of the host threw
    ByteView output{};             ///< what it set as its output. Lifetime: as of Plugin::call
    std::optional<std::uint64_t> fuel_used{};  ///< nothing where none is counted
};

/// What a plug-in's host offers it and wants to hear of it.
struct PluginOptions {
    /// What guests may import besides Extism's own functions. Of two with one name the last counts.
    std::vector<HostFunction> functions{};
    /// Whether guests may import WASI. They find the folders of Manifest::allowed_paths, clocks and
    /// random numbers, and nothing else.
    bool wasi = true;
    LogSink log{};                        ///< without one, guests are told that logging is off
    LogLevel log_level = LogLevel::info;  ///< messages below it are not handed on
    /// What the guest prints to its standard output (fd 1) or error (fd 2). Nobody hears it when
    /// empty.
    std::function<void(int fd, std::string_view text)> output{};
    /// Gets a trace of every call. What guests import to tell of themselves is there without it,
    /// and does nothing.
    std::shared_ptr<observe::Adapter> observer{};
    observe::Options observe{};
    /// Gets samples of what the guest's code does: see Profile. What host functions take counts for
    /// the guest's function that called them.
    std::shared_ptr<Profile> profile{};
    /// What sends the guests' HTTP requests, in place of libcurl. Asked only for hosts that the
    /// manifest allows.
    HttpClient http{};
    /// Whether guests can read the headers of what came back, which may hold session cookies.
    bool http_response_headers = false;
    /// Whether Extism's kernel is linked into the guest, and small functions of it are copied to
    /// where the guest calls them. Calls, copies and new Plugins take about half the time; the
    /// guest sees no difference. Modules that cannot be rewritten, those with DWARF (so that traps
    /// name lines), plug-ins of several modules, and those whose host functions replace the
    /// kernel's do without it.
    bool fusion = true;
    /// How much fuel each call may use, and each start: a bound on work that does not depend on the
    /// machine's speed. A unit is about one WebAssembly instruction; Extism's functions for guests
    /// count, functions of the host do not. The same call uses the same amount with one version of
    /// Sluice and one setting of `fusion`. Guests that count run slower, those of others do not.
    std::optional<std::uint64_t> fuel{};
    /// Whether a host that only a wildcard of allowed_hosts fits may be at a private address: on
    /// this machine, in its networks, or the cloud's metadata service.
    bool http_private_addresses = false;
};

/// What CompiledPlugin::load asks of a file before it runs the code in it.
struct LoadOptions {
    /// SHA-256 in hexadecimal of the WebAssembly that the main module was compiled from; empty:
    /// any.
    std::string wasm_hash{};
    /// Takes a file that others than this user and root own or may write to, and one in a folder
    /// where anybody may write. Whoever can change the file then runs code in this process.
    bool trust_any_writer = false;
};

/// A function that a plug-in exports.
struct ExportedFunction {
    std::string name{};
    FunctionType type{};
};

/// A plug-in's compiled code, its manifest and its options: what many Plugins are made from.
///
/// Lifetime: a handle; copies share the code, and plug-ins keep it alive.
/// Threads: any.
class CompiledPlugin {
  public:
    /// Blocks: reads or fetches, and compiles; about 50 ms per MB of code.
    /// Errors: \throws Error unavailable (no such file, no answer), invalid_input (not a module,
    ///     another hash, an import that nobody offers, a manifest that makes no sense).
    CompiledPlugin(const Runtime& runtime, Manifest manifest, PluginOptions options = {});
    /// With a runtime of its own.
    explicit CompiledPlugin(Manifest manifest, PluginOptions options = {});

    /// Writes the compiled code of all its modules to `file`, which is replaced in one step: code
    /// for load(), but neither manifest nor options. Others may read it, only its user write to it.
    /// Errors: \throws Error unavailable when the file cannot be written.
    void save(const std::filesystem::path& file) const;

    /// What save() wrote, without compiling. `manifest` lists no modules; it says what the plug-in
    /// may do, which a file cannot.
    ///
    /// The file is native code, kept by no sandbox: load only what was compiled by those whom this
    /// process trusts. Its digest shows damage, not who wrote it.
    /// Blocks: reads the file; some milliseconds for 2 MB.
    /// Errors: \throws Error unavailable when it cannot be read; invalid_input when it is no such
    ///     file, cut or damaged, made by another version of Sluice or its engine, for a CPU with
    ///     features that this one lacks, from other WebAssembly than `rules` expects, when others
    ///     may have written it, or when `options.fuel` is set and was not when it was compiled. And
    ///     as the constructor.
    static CompiledPlugin load(const Runtime& runtime, const std::filesystem::path& file,
                               Manifest manifest = {}, PluginOptions options = {},
                               const LoadOptions& rules = {});

    const std::string& name() const noexcept;

    /// In the order of the module. Plugin::call takes those without arguments.
    std::vector<ExportedFunction> exported_functions() const;

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
    /// Errors: \throws Error "failed to instantiate WASM module" with trap, timeout, memory_limit,
    ///     fuel_limit.
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
    ///     timeout, memory_limit, fuel_limit or cancelled: calls then throw poisoned until reset().
    /// Source: Extism runtime, `extism_plugin_call`.
    ByteView call(std::string_view function, ByteView input = {}, const CallOptions& options = {});

    /// The same for those who want to see what the guest left, whatever became of it.
    /// Errors: \throws Error as call() where the guest did not run: missing_export, invalid_input,
    ///     poisoned, memory_limit for an input without room. What happened to it is in the result.
    CallResult try_call(std::string_view function, ByteView input = {},
                        const CallOptions& options = {});

    /// Whether call() would find the function and accept its type.
    bool function_exists(std::string_view function) const noexcept;

    /// Puts a fresh instance in place of the present one; variables stay.
    /// Blocks and errors: as the constructor; after an error calls throw poisoned.
    void reset();

    /// Whether an earlier call was cut short, so that calls throw until reset().
    bool is_poisoned() const noexcept;

    /// The value of a variable; nothing when there is none. Lifetime: until it is changed.
    std::optional<ByteView> variable(std::string_view key) const noexcept;
    /// Errors: \throws Error memory_limit when the manifest's limit would be passed.
    void set_variable(std::string_view key, ByteView value);
    void remove_variable(std::string_view key);

    /// Forgets input, output, error and all blocks of the last call; guest and variables stay.
    void forget_call();

    /// What `config_get` reads: the manifest's, until it is replaced. Stays through reset().
    const Configuration& config() const noexcept;
    void set_config(Configuration config);

    /// In place of those of the PluginOptions, from the next message on.
    void set_log(LogSink log);
    void set_log_level(LogLevel level) noexcept;

    /// As PluginOptions::http_response_headers, from the next request on.
    void allow_http_response_headers() noexcept;

    const std::string& name() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice
