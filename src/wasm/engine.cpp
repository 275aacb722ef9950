#include "wasm/engine.hpp"

#include "wasm/epoch_clock.hpp"
#include "wasm/failure.hpp"
#include "wasm/handles.hpp"
#include "wasm/memory_ranges.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::wasm {
namespace {

EngineHandle make_engine(const EngineOptions& options) {
    ConfigHandle config(wasm_config_new());
    wasm_config_t* settings = config.get();
    wasmtime_config_epoch_interruption_set(settings, true);
    wasmtime_config_consume_fuel_set(settings, options.code.counts_fuel);
    wasmtime_config_max_wasm_stack_set(settings, options.max_stack_bytes);
    wasmtime_config_async_stack_size_set(settings, options.fiber_stack_bytes);
    // `atomic.wait` would block the thread past any deadline; nobody asked for the other two, and
    // what is off cannot be attacked.
    // Four GiB of addresses are reserved for each memory, and what was seen of one stays true.
    wasmtime_config_memory_may_move_set(settings, false);
    wasmtime_config_wasm_threads_set(settings, false);
    wasmtime_config_wasm_memory64_set(settings, false);
    wasmtime_config_wasm_gc_set(settings, false);
    if (options.code.copies_data) reuse_memory_ranges(settings);
    sluice_config_backtrace(settings, options.source_lines, options.backtrace_frames);

    wasm_engine_t* engine = nullptr;
    check(sluice_engine_new(config.release(), &engine), ErrorCode::invalid_input,
          "the WebAssembly engine refuses its settings");
    return EngineHandle(engine);
}

constexpr std::string_view fuel_mark = "-fuel";
constexpr std::string_view copies_mark = "-copies";

std::string fingerprint_of(const wasm_engine_t* engine, const EngineOptions& options) {
    std::array<std::uint8_t, 16> hash{};
    sluice_engine_fingerprint(engine, hash.data());
    std::string text = "wasmtime-" WASMTIME_VERSION "-";
    for (const std::uint8_t byte : hash) text += fmt::format("{:02x}", byte);
    if (options.code.copies_data) text += copies_mark;
    if (options.code.counts_fuel) text += fuel_mark;
    return text;
}

}  // namespace

struct Engine::State {
    explicit State(const EngineOptions& chosen)
        : options(chosen),
          engine(make_engine(chosen)),
          fingerprint(fingerprint_of(engine.get(), chosen)),
          clock(std::make_shared<EpochClock>(engine.get(), chosen.tick)) {}
    ~State() { clock->stop(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    EngineOptions options;
    EngineHandle engine;
    std::string fingerprint;
    std::shared_ptr<EpochClock>
        clock;  // shared with the modules: their instances tell it that they run
};

Engine::Engine(const EngineOptions& options) : state_(std::make_unique<State>(options)) {}
Engine::~Engine() = default;

wasm_engine_t* Engine::raw() const noexcept {
    return state_->engine.get();
}
const EngineOptions& Engine::options() const noexcept {
    return state_->options;
}
const std::shared_ptr<EpochClock>& Engine::clock() const noexcept {
    return state_->clock;
}
bool Engine::resting() const noexcept {
    return state_->clock->resting();
}
const std::string& Engine::fingerprint() const noexcept {
    return state_->fingerprint;
}

CodeKind Engine::kind_of(std::string_view fingerprint) noexcept {
    CodeKind kind;
    kind.counts_fuel = fingerprint.ends_with(fuel_mark);
    if (kind.counts_fuel) fingerprint.remove_suffix(fuel_mark.size());
    kind.copies_data = fingerprint.ends_with(copies_mark);
    return kind;
}

std::string_view engine_version() noexcept {
    return "Wasmtime " WASMTIME_VERSION;
}

}  // namespace sluice::wasm
