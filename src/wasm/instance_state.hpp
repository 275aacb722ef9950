#pragma once

#include "wasm/epoch_clock.hpp"
#include "wasm/handles.hpp"
#include "wasm/instance.hpp"
#include "wasm/linker.hpp"
#include "wasm/wasi_descriptors.hpp"

#include <sluice/error.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What linker, instance and fiber call know of each other. Internal to the layer.
namespace sluice::wasm {

static_assert(sizeof(Value) == sizeof(wasmtime_val_raw_t));
static_assert(alignof(Value) == alignof(wasmtime_val_raw_t));

/// A host function that may make its guest wait: gives the time to go on at, or nothing.
using WaitingFunction = std::function<std::optional<Clock::time_point>(Caller&, std::span<Value>)>;

/// Thrown by a host function to end the guest on its own wish.
struct GuestExit {
    int status = 0;
};

struct Linker::State {
    explicit State(const Engine& engine);
    State(const State& base);

    /// As Linker::define. Stores of modules that import it can be called on fibers only.
    void define_waiting(std::string_view module, std::string_view name, const FunctionType& type,
                        WaitingFunction function);
    template <class F>
    void define_async(std::string_view module, std::string_view name, const FunctionType& type,
                      F function, wasmtime_func_async_callback_t callback);

    struct Library {
        std::string name;
        Module module;
        LibraryRole role;
    };

    using Place = std::pair<std::string, std::string>;  ///< module and name
    LinkerHandle linker;
    std::vector<Library> libraries{};
    std::map<Place, FunctionType> offered{};  ///< all that was defined
    std::set<Place> waiting{};                ///< defined by define_waiting()
};

struct InstancePre::State {
    Module module;
    PreHandle pre;  ///< empty when it imports libraries: then each instance makes its own
    bool needs_fiber = false;  ///< imports a waiting function

    /// A library that is made in each of the module's stores.
    struct Library {
        std::string name;
        Module module;
        PreHandle pre{};                      ///< empty when it imports from other libraries
        std::vector<std::string> imported{};  ///< exports that others take from it
    };
    std::vector<Library> libraries{};
    LinkerHandle linker{};  ///< what the libraries are added to, instance by instance
};

/// Checks `module` against `linker` and its libraries, and prepares both.
/// Errors: \throws Error invalid_input "failed to instantiate WASM module", naming the import.
void prepare_libraries(const Linker& linker, InstancePre::State& pre);

struct Instance::State {
    State(const InstancePre& pre, InstanceOptions chosen);

    /// Whether the guest gives its thread back at each tick, or only ends at its deadline.
    enum class Ticks { run_on, yield };

    /// Prepares for guest code to run until `until`. Errors: \throws Error poisoned.
    void begin(Clock::time_point until, Ticks chosen, std::stop_token stop = {});
    /// As Instance::refuel.
    void refuel(std::uint64_t fuel);
    /// The end of a call that failed: poisons the instance and names what happened.
    /// `code` is what the engine's functions give.
    [[noreturn]] void fail(std::string_view what, const std::string& description,
                           std::uint8_t code = SLUICE_CODE_NO_TRAP);
    /// `what`, stopped from outside while it waited.
    [[noreturn]] void fail_in_wait(std::string_view what);
    /// Blocks until then. False when the call's deadline came first, or somebody cancelled it.
    bool wait(Clock::time_point until) const;
    /// Why wait() gave false.
    Error stopped_in_wait() const;
    std::string_view export_name(const Function& function) const noexcept;
    /// Runs `future` to its end on this thread, waiting where the guest waits.
    /// False when it was stopped while it waited; the future is then to be deleted.
    bool run_blocking(wasmtime_call_future_t& future, wasmtime_error_t*& panic) const;
    /// Takes over what the engine gave at a call's end. Errors: as Instance::call.
    void check_end(std::string_view what, wasm_trap_t* trap, wasmtime_error_t* error,
                   wasmtime_error_t* panic);
    /// As Instance::call, for guests that may wait.
    void call_on_fiber(const Function& function, std::span<Value> values, Clock::time_point until,
                       std::stop_token stop);

    /// Instantiates `pre`, on a fiber where the guest may have to wait.
    void instantiate(const wasmtime_instance_pre_t& pre, wasmtime_instance_t& made);
    /// Instantiates the libraries and gives what instantiates the module with them.
    PreHandle link_libraries(const InstancePre::State& pre);
    wasmtime_extern_t library_export(std::string_view library, std::string_view name) const;
    /// An export of the module itself, from within its start function as well.
    bool own_export(std::string_view name, wasmtime_extern_t& item) const;

    struct Library {
        std::string name;
        Module module;
        wasmtime_instance_t instance{};
    };

    Instance* self = nullptr;  ///< for host functions, start functions' included
    Module module;
    InstanceOptions options;
    wasi::Descriptors descriptors;  ///< what the guest has open
    std::size_t input_read = 0;     ///< bytes of options.input
    EpochClock::Runner runner;
    StoreHandle store;
    wasmtime_context_t* context = nullptr;
    wasmtime_instance_t instance{};
    bool is_made = false;                 ///< `instance` is known: it is not in a start function
    wasmtime_caller_t* caller = nullptr;  ///< of the host function that is running
    std::vector<Library> libraries{};
    std::optional<wasmtime_memory_t> memory{};
    bool needs_fiber = false;
    bool poisoned = false;
    std::uint64_t fuel_limit = std::numeric_limits<std::uint64_t>::max();

    // of the present call
    Clock::time_point deadline{};
    std::stop_token cancel{};
    Ticks ticks = Ticks::run_on;
    std::optional<Clock::time_point> waits_until{};
    bool timed_out = false;
    unsigned ticks_run = 0;       ///< epochs in which the guest was seen running
    Clock::time_point sampled{};  ///< last, or the call's begin
    bool limit_hit = false;
    bool out_of_fuel = false;  ///< found out in a function that the host called for the guest
    std::optional<int> exit_status{};
    /// timeout or cancelled, when that is why a host function threw
    std::optional<ErrorCode> host_stop{};

    std::uint64_t memory_bytes = 0;
    std::uint64_t table_elements = 0;
    std::shared_ptr<FiberCall::State> spare{};  ///< of the last fiber call, to be used again
};

/// A guest's side of one host call.
class GuestCaller final : public Caller {
  public:
    explicit GuestCaller(wasmtime_caller_t* caller) noexcept;
    ~GuestCaller() override { state_->caller = outer_; }
    GuestCaller(const GuestCaller&) = delete;
    GuestCaller& operator=(const GuestCaller&) = delete;

    std::span<std::byte> memory() override;
    std::span<std::byte> calling_memory(std::string_view name) override;
    std::any& data() override { return state_->options.data; }
    Instance& instance() override { return *state_->self; }
    Instance::State& state() noexcept { return *state_; }

  private:
    wasmtime_caller_t* caller_;
    wasmtime_context_t* context_;
    Instance::State* state_;
    wasmtime_caller_t* outer_;  ///< of the host function within whose call this one runs
};

}  // namespace sluice::wasm
