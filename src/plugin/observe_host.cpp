#include "plugin/observe_host.hpp"

#include "plugin/kernel_host.hpp"
#include "wasm/instance.hpp"
#include "wasm/linker.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <any>
#include <cstdint>
#include <span>
#include <string>

namespace sluice::observe {
namespace {

using wasm::Caller;
using wasm::Value;
using wasm::ValueType;
using Values = std::span<Value>;

constexpr std::string_view instrument = "dylibso:observe/instrument";
constexpr std::string_view api = "dylibso:observe/api";
constexpr std::string_view before_1 = "dylibso_observe";

/// How the module that a function is imported from passes addresses.
enum class Addresses { of_32_bits, of_64_bits };

std::uint64_t number(const Value& value, Addresses addresses) {
    return addresses == Addresses::of_32_bits ? static_cast<std::uint32_t>(value.i32)
                                              : static_cast<std::uint64_t>(value.i64);
}

/// A text in the caller's own memory.
std::string_view text(Caller& caller, Values values, std::size_t first, Addresses addresses) {
    const std::uint64_t offset = number(values[first], addresses);
    const auto size = static_cast<std::uint32_t>(values[first + 1].i32);
    const ByteView memory = caller.calling_memory("memory");
    if (offset > memory.size() || size > memory.size() - offset)
        throw Error(ErrorCode::trap, fmt::format("observation: {} bytes at {} are outside the "
                                                 "plug-in's memory",
                                                 size, offset));
    return as_text(memory.subspan(offset, size));
}

/// Source: the guest header's levels, 1 error to 5 trace.
LogLevel level_of(std::int32_t number) {
    switch (number) {
        case 1:
            return LogLevel::error;
        case 2:
            return LogLevel::warn;
        case 3:
            return LogLevel::info;
        case 4:
            return LogLevel::debug;
        default:
            return LogLevel::trace;
    }
}

void enter(Collector& collector, Caller&, Values values) {
    collector.enter(static_cast<std::uint32_t>(values[0].i32));
}
void leave(Collector& collector, Caller&, Values values) {
    collector.exit(static_cast<std::uint32_t>(values[0].i32));
}
void memory_grow(Collector& collector, Caller&, Values values) {
    collector.grow(static_cast<std::uint32_t>(values[0].i32));
}
void span_exit(Collector& collector, Caller&, Values) {
    collector.exit_span();
}
template <Addresses addresses>
void span_enter(Collector& collector, Caller& caller, Values values) {
    collector.enter_span(text(caller, values, 0, addresses));
}
template <Addresses addresses>
void span_tags(Collector& collector, Caller& caller, Values values) {
    collector.tag(text(caller, values, 0, addresses));
}
/// The first argument is the notation; there is one, statsd's.
template <Addresses addresses>
void metric(Collector& collector, Caller& caller, Values values) {
    collector.metric(text(caller, values, 1, addresses));
}
template <Addresses addresses>
void log(Collector& collector, Caller& caller, Values values) {
    collector.log(level_of(values[0].i32), text(caller, values, 1, addresses));
}

using Function = void (*)(Collector&, Caller&, Values);

void define(wasm::Linker& linker, std::string_view module, std::string_view name,
            std::vector<ValueType> parameters, Function function) {
    linker.define(module, name, {.parameters = std::move(parameters), .results = {}},
                  [function](Caller& caller, Values values) {
                      KernelHost& host = *std::any_cast<KernelHost*>(caller.data());
                      if (!host.collector) return;
                      host.serve([&] { function(*host.collector, caller, values); });
                  });
}

}  // namespace

bool is_instrument(std::string_view module, std::string_view name) noexcept {
    return module == instrument || (module == before_1 && name == "instrument_enter");
}

void define_observe_host(wasm::Linker& linker) {
    using enum Addresses;
    constexpr auto i32 = ValueType::i32;
    constexpr auto i64 = ValueType::i64;
    define(linker, instrument, "enter", {i32}, enter);
    define(linker, instrument, "exit", {i32}, leave);
    define(linker, instrument, "memory-grow", {i32}, memory_grow);
    define(linker, api, "span-enter", {i32, i32}, span_enter<of_32_bits>);
    define(linker, api, "span-exit", {}, span_exit);
    define(linker, api, "span-tags", {i32, i32}, span_tags<of_32_bits>);
    define(linker, api, "metric", {i32, i32, i32}, metric<of_32_bits>);
    define(linker, api, "log", {i32, i32, i32}, log<of_32_bits>);
    define(linker, before_1, "instrument_enter", {i32}, enter);
    define(linker, before_1, "instrument_exit", {i32}, leave);
    define(linker, before_1, "instrument_memory_grow", {i32}, memory_grow);
    define(linker, before_1, "span_enter", {i64, i32}, span_enter<of_64_bits>);
    define(linker, before_1, "span_exit", {}, span_exit);
    define(linker, before_1, "span_tags", {i64, i32}, span_tags<of_64_bits>);
    define(linker, before_1, "metric", {i32, i64, i32}, metric<of_64_bits>);
    define(linker, before_1, "log", {i32, i64, i32}, log<of_64_bits>);
}

}  // namespace sluice::observe
