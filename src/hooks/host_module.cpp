#include "hooks/host_module.hpp"

#include "base/json_slices.hpp"
#include "base/wall_clock.hpp"
#include "hooks/host_call.hpp"
#include "hooks/host_waiting.hpp"
#include "wasm/instance.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::hooks {
namespace {

using wasm::Caller;
using wasm::Continuation;
using wasm::Value;
using wasm::ValueType;

constexpr ValueType i32 = ValueType::i32;
constexpr ValueType i64 = ValueType::i64;
constexpr ValueType f64 = ValueType::f64;

constexpr std::size_t max_random_bytes = 64 << 10;
constexpr std::size_t max_name_bytes = 256;
constexpr std::size_t max_labels_bytes = 4096;

void result_length(const HostCall& call) {
    call.values[0].i32 = static_cast<std::int32_t>(call.host.result().size());
}

void result_read(const HostCall& call) {
    const std::string& result = call.host.result();
    const auto target = call.bytes(0);
    const std::size_t size = std::min(target.size(), result.size());
    std::memcpy(target.data(), result.data(), size);
    call.values[0].i32 = static_cast<std::int32_t>(size);
}

void log(const HostCall& call) {
    call.host.output().log(call.values[0].i32, as_text(call.bytes(1)));
}

void config_get(const HostCall& call) {
    const auto& members = call.host.config();
    const auto found = members.find(as_text(call.bytes(0)));
    if (found == members.end()) return call.answer(HostReply{HostReply::absent, {}});
    call.answer(HostReply::value(found->second));
}

void clock_ms(const HostCall& call) {
    if (!call.host.admits()) return call.refuse();
    if (!call.options().access.clock) return call.fail("permissions.clock is off for this plug-in");
    call.answer({epoch_us() / 1000, {}});
}

void random(const HostCall& call) {
    if (!call.host.admits()) return call.refuse();
    if (!call.options().access.random)
        return call.fail("permissions.random is off for this plug-in");
    auto target = call.bytes(0);
    if (target.size() > max_random_bytes)
        return call.fail(fmt::format("one call fills at most {} bytes", max_random_bytes));
    constexpr std::size_t at_once = 256;  // more may come in parts
    while (!target.empty()) {
        const auto part = target.first(std::min(target.size(), at_once));
        if (::getrandom(part.data(), part.size(), 0) != static_cast<ssize_t>(part.size()))
            return call.fail("the system gave no random bytes");
        target = target.subspan(part.size());
    }
    call.answer(HostReply{});
}

/// Errors: a sentence in `problem`.
std::vector<std::pair<std::string, std::string>> read_labels(std::string_view text,
                                                             std::string& problem) {
    std::vector<std::pair<std::string, std::string>> labels;
    if (text.empty()) return labels;
    if (text.size() > max_labels_bytes)
        problem = fmt::format("labels must not be longer than {} bytes", max_labels_bytes);
    if (!problem.empty()) return labels;
    try {
        JsonDocument document;
        const JsonSlice json = document.read(text);
        if (!json.is(JsonKind::object)) problem = "labels must be a JSON object of texts";
        for (const auto& [key, value] : json.members()) {
            if (!value.is(JsonKind::string))
                problem = fmt::format("the label `{}` must be a text", key.string());
            labels.emplace_back(key.string(), value.string());
        }
    } catch (const Error& error) {  // the guest is to read it
        problem = fmt::format("labels: {}", error.what());
    }
    return labels;
}

template <MetricUpdate::Kind kind>
void metric(const HostCall& call) {
    if (!call.host.admits()) return call.refuse();
    const auto& services = call.options().services;
    if (!services || !services->metric) return call.fail("this host keeps no metrics");
    MetricUpdate update{
        .kind = kind, .plugin = call.options().name, .name = call.text(0, max_name_bytes)};
    update.value = call.values[4].f64;
    std::string problem;
    update.labels = read_labels(call.text(2, max_labels_bytes), problem);
    if (problem.empty()) problem = services->metric(update);
    if (!problem.empty()) return call.fail(std::move(problem));
    call.answer(HostReply{});
}

/// Whether a function makes its guest wait. A guest that has one runs on fibers only, which costs
/// it a bit.
enum class Waits : std::uint8_t {
    never,
    as_variables,  ///< where the store of variables does
    always,
};

struct Function {
    std::string_view name;
    wasm::FunctionType type;
    void (*plain)(const HostCall&) = nullptr;
    Continuation (*waiting)(const HostCall&) = nullptr;
    Waits waits = Waits::never;
};

const std::vector<Function>& functions() {
    using Update = MetricUpdate::Kind;
    static const std::vector<Function> all{
        {"result_length", {{}, {i32}}, result_length},
        {"result_read", {{i32, i32}, {i32}}, result_read},
        {"log", {{i32, i32, i32}, {}}, log},
        {"config_get", {{i32, i32}, {i64}}, config_get},
        {"clock_ms", {{}, {i64}}, clock_ms},
        {"random", {{i32, i32}, {i64}}, random},
        {"metric_add", {{i32, i32, i32, i32, f64}, {i64}}, metric<Update::add>},
        {"metric_set", {{i32, i32, i32, i32, f64}, {i64}}, metric<Update::set>},
        {"var_get", {{i32, i32}, {i64}}, nullptr, var_get, Waits::as_variables},
        {"var_set", {{i32, i32, i32, i32, i64}, {i64}}, nullptr, var_set, Waits::as_variables},
        {"var_delete", {{i32, i32}, {i64}}, nullptr, var_delete, Waits::as_variables},
        {"var_compare_and_swap",
         {{i32, i32, i32, i32, i32, i32, i64}, {i64}},
         nullptr,
         var_compare_and_swap,
         Waits::as_variables},
        {"var_add", {{i32, i32, i64, i64}, {i64}}, nullptr, var_add, Waits::as_variables},
        {"http_request", {{i32, i32, i32, i32}, {i64}}, nullptr, http_request, Waits::always},
        {"llm_call", {{i32, i32}, {i64}}, nullptr, llm_call, Waits::always},
    };
    return all;
}

HostCall call_of(Caller& caller, std::span<Value> values) {
    return {caller, values, *std::any_cast<GuestHost*>(caller.data())};
}

void define(wasm::Linker& linker, const Function& function, bool variables_wait) {
    const std::string_view name = function.name;
    if (function.plain != nullptr) {
        linker.define(host_module, name, function.type,
                      [run = function.plain](Caller& caller, std::span<Value> values) {
                          run(call_of(caller, values));
                      });
    } else if (variables_wait || function.waits == Waits::always) {
        linker.define_suspending(host_module, name, function.type,
                                 [run = function.waiting](Caller& caller, std::span<Value> values) {
                                     return run(call_of(caller, values));
                                 });
    } else {
        linker.define(host_module, name, function.type,
                      [run = function.waiting](Caller& caller, std::span<Value> values) {
                          run(call_of(caller, values));
                      });
    }
}

}  // namespace

void define_host_calls(wasm::Linker& linker, const wasm::Module& module,
                       const HookPluginOptions& options) {
    const auto refuse = [&](const wasm::Extern& import, std::string_view why) {
        throw Error(ErrorCode::invalid_input,
                    fmt::format("failed to instantiate WASM module: plug-in {}: it imports \"{}\" "
                                "from \"{}\", {}",
                                module.name(), import.name, host_module, why));
    };
    std::set<std::string_view> defined;  // a module may import a function twice
    for (const wasm::Extern& import : module.imports()) {
        if (import.module != host_module) continue;
        const auto found = std::ranges::find(functions(), import.name, &Function::name);
        if (found == functions().end()) {
            std::vector<std::string_view> names;
            for (const Function& each : functions()) names.push_back(each.name);
            refuse(import,
                   fmt::format("which is no host call; there are {}", fmt::join(names, ", ")));
        }
        if (!import.function || *import.function != found->type)
            refuse(import, fmt::format("which is a function {}", wasm::to_string(found->type)));
        const bool waits = options.services && options.services->variables_wait;
        if (defined.insert(found->name).second) define(linker, *found, waits);
    }
}

}  // namespace sluice::hooks
