#include "app/raw_guest.hpp"

#include "gateway/plugin_host.hpp"
#include "hooks/counter_arena.hpp"
#include "hooks/guest_host.hpp"
#include "hooks/guest_imports.hpp"
#include "hooks/guest_output.hpp"
#include "plugin/sampler.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace sluice::app {
namespace {

using wasm::FunctionType;
using wasm::Value;
using wasm::ValueType;

constexpr ValueType i32 = ValueType::i32;
constexpr ValueType i64 = ValueType::i64;
constexpr std::uint64_t page_bytes = 64 << 10;

const FunctionType start_type{};
const FunctionType init_type{.parameters = {i32, i32}, .results = {i32}};

bool is_known(const FunctionType& type) {
    const bool in = type.parameters.empty() || takes_input(type);
    const bool out = type.results.empty() || (type.results.size() == 1 &&
                                              (type.results[0] == i32 || type.results[0] == i64));
    return in && out;
}

struct Block {
    std::uint32_t pointer = 0;
    std::uint32_t size = 0;
};

/// One guest for one call, from its start to the freeing of what it returned.
class RawGuest {
  public:
    /// `arena_bytes`: memory on top of its limit, for an allocator that only counts.
    RawGuest(const wasm::Engine& engine, const wasm::Module& module, const RawGuestOptions& options,
             std::uint64_t arena_bytes)
        : options_(options),
          module_(module),
          output_(module.name(), log_budget_, usage_),
          host_options_{.name = module.name(),
                        .services = gateway::PluginHost::services(gateway::make_plugin_host())},
          config_(hooks::config_members(options.config_json)),
          host_(host_options_, config_, usage_, output_),
          deadline_(wasm::Clock::now() + options.timeout),
          guest_(wasm::InstancePre(hooks::guest_imports(engine, module, host_options_), module),
                 {.limits = {.memory_bytes = options.max_pages * page_bytes + arena_bytes},
                  .start_time_limit = options.timeout,
                  .fuel = options.fuel,
                  .output = options.output,
                  .sample = sampler(options.profile),
                  .data = &host_}) {
        host_.enter(hooks::GuestHost::Scope::init);  // nobody waits with it
        for (const std::string prefix : {"plugin_", ""}) {
            if (module.exported_function(prefix + "malloc") == nullptr) continue;
            malloc_ = guest_.function(prefix + "malloc");
            if (module.exported_function(prefix + "free") != nullptr)
                free_ = guest_.function(prefix + "free");
            break;
        }
    }

    /// The runtime's own start, unless it is what the caller asked for.
    void start(std::string_view function) {
        for (const std::string_view name : {"_initialize", "_start"}) {
            const FunctionType* type = module_.exported_function(name);
            if (type == nullptr || *type != start_type) continue;
            if (name != function) call(name, {});
            return;
        }
    }

    /// Whether its `malloc` is a bare counter: then it needs an arena, see hooks/counter_arena.hpp.
    bool only_counts() {
        if (malloc_.type == nullptr) return false;
        const Block first{allocate(8), 8};
        const Block second{allocate(8), 8};
        const auto malloc = [this](std::uint32_t size) { return allocate(size); };
        if (hooks::CounterArena::is_counter(first.pointer, second.pointer, malloc)) return true;
        release(second);
        release(first);
        return false;
    }
    void use_arena(std::size_t largest_bytes) { arena_.emplace(guest_, largest_bytes); }

    void configure() {
        const std::int32_t result = call_with("init", options_.config_json).i32;
        release_input();
        if (result == 0) return;
        throw Error(ErrorCode::guest_error,
                    fmt::format("plug-in {}: `init` returned {} for the configuration {}",
                                module_.name(), result, options_.config_json));
    }

    /// With the bytes as pointer and length.
    Value call_with(std::string_view function, std::string_view input) {
        const Block block = put(function, input);
        const Value result = call(function, {Value{.i32 = static_cast<std::int32_t>(block.pointer)},
                                             Value{.i32 = static_cast<std::int32_t>(block.size)}});
        input_ = block;
        return result;
    }

    Value call(std::string_view function, std::initializer_list<Value> arguments) {
        return call(guest_.function(function), arguments);
    }

    /// The packed bytes of an answer, copied, then given back to the guest.
    std::string take(std::string_view function, Value packed) {
        const auto bits = static_cast<std::uint64_t>(packed.i64);
        const Block answer{static_cast<std::uint32_t>(bits >> 32),
                           static_cast<std::uint32_t>(bits)};
        const auto memory = guest_.memory();
        if (std::uint64_t{answer.pointer} + answer.size > memory.size())
            throw Error(
                ErrorCode::guest_error,
                fmt::format("plug-in {}: `{}` answered {} bytes at {}, which is outside "
                            "its memory of {} bytes",
                            module_.name(), function, answer.size, answer.pointer, memory.size()));
        std::string bytes(as_text(memory.subspan(answer.pointer, answer.size)));
        if (answer.size != 0) release(answer);
        return bytes;
    }

    void release_input() {
        if (input_.size != 0) release(std::exchange(input_, {}));
    }

  private:
    Value call(const wasm::Function& function, std::initializer_list<Value> arguments) {
        std::array<Value, 2> values{};
        std::ranges::copy(arguments, values.begin());
        try {
            guest_.call(function, values, deadline_);
        } catch (const Error&) {
            if (guest_.exit_code() != 0) throw;  // a program that ends well may say so
        }
        return values[0];
    }

    std::uint32_t allocate(std::uint32_t size) {
        return static_cast<std::uint32_t>(
            call(malloc_, {Value{.i32 = static_cast<std::int32_t>(size)}}).i32);
    }

    Block put(std::string_view function, std::string_view input) {
        if (input.empty()) return {};
        if (malloc_.type == nullptr)
            throw Error(ErrorCode::invalid_input,
                        fmt::format("plug-in {}: it exports no `malloc` or `plugin_malloc` that "
                                    "could make room for the input of `{}`",
                                    module_.name(), function));
        if (arena_) arena_->rewind([this](std::uint32_t size) { return allocate(size); });
        const auto size = static_cast<std::uint32_t>(input.size());
        const Block block{allocate(size), size};
        const auto memory = guest_.memory();
        if (std::uint64_t{block.pointer} + size > memory.size() || (block.pointer == 0 && !arena_))
            throw Error(ErrorCode::memory_limit,
                        fmt::format("plug-in {}: its allocator gave no room for the {} bytes that "
                                    "`{}` should get",
                                    module_.name(), size, function));
        std::memcpy(memory.data() + block.pointer, input.data(), input.size());
        return block;
    }

    void release(Block block) {
        if (!free_) return;
        // With one parameter the second value is not read.
        call(*free_, {Value{.i32 = static_cast<std::int32_t>(block.pointer)},
                      Value{.i32 = static_cast<std::int32_t>(block.size)}});
    }

    const RawGuestOptions& options_;
    wasm::Module module_;
    hooks::LogBudget log_budget_{std::numeric_limits<std::uint32_t>::max()};
    hooks::PluginUsage usage_{};
    hooks::GuestOutput output_;
    const hooks::HookPluginOptions host_options_;
    const hooks::ConfigMembers config_;
    hooks::GuestHost host_;
    wasm::Clock::time_point deadline_;
    wasm::Instance guest_;
    wasm::Function malloc_{};
    std::optional<wasm::Function> free_{};
    std::optional<hooks::CounterArena> arena_{};
    Block input_{};
};

/// Whether `init` goes before a call of `function`.
bool is_configured(const wasm::Module& module, std::string_view function) {
    const FunctionType* init = module.exported_function("init");
    return init != nullptr && *init == init_type && function != "init" && function != "_start";
}

void check_allocator(const wasm::Module& module) {
    const std::array malloc_types{FunctionType{{i32}, {i32}}};
    const std::array free_types{FunctionType{{i32}, {}}, FunctionType{{i32, i32}, {}},
                                FunctionType{{i32}, {i32}}, FunctionType{{i32, i32}, {i32}}};
    for (const std::string prefix : {"plugin_", ""}) {
        if (module.exported_function(prefix + "malloc") != nullptr)
            module.require(prefix + "malloc", malloc_types);
        if (module.exported_function(prefix + "free") != nullptr)
            module.require(prefix + "free", free_types);
    }
}

}  // namespace

bool takes_input(const FunctionType& type) {
    return type.parameters == std::vector{i32, i32};
}

std::string call_raw_guest(const wasm::Engine& engine, const wasm::Module& module,
                           std::string_view function, std::string_view input,
                           const RawGuestOptions& options) {
    const FunctionType* type = module.exported_function(function);
    if (type == nullptr) module.require(function, {});  // says that it is missing
    if (!is_known(*type))
        throw Error(ErrorCode::invalid_input,
                    fmt::format("plug-in {}: `{}` has the type {}; what can be called takes "
                                "(i32, i32) as pointer and length or nothing, and gives i64, i32 "
                                "or nothing",
                                module.name(), function, wasm::to_string(*type)));
    check_allocator(module);
    if (input.size() > UINT32_MAX)
        throw Error(ErrorCode::memory_limit, "the input is larger than a guest's memory can be");
    const bool configures = is_configured(module, function);
    auto guest = std::make_unique<RawGuest>(engine, module, options, 0);
    guest->start(function);
    if ((configures || takes_input(*type)) && guest->only_counts()) {
        const std::size_t largest_bytes = std::max(input.size(), options.config_json.size());
        guest = std::make_unique<RawGuest>(engine, module, options,
                                           hooks::CounterArena::extra_bytes(largest_bytes));
        guest->start(function);
        guest->use_arena(largest_bytes);
    }
    if (configures) guest->configure();
    const Value result =
        takes_input(*type) ? guest->call_with(function, input) : guest->call(function, {});
    std::string answer;
    if (!type->results.empty())
        answer =
            type->results[0] == i32 ? fmt::format("{}", result.i32) : guest->take(function, result);
    guest->release_input();
    return answer;
}

}  // namespace sluice::app
