#include "plugin/kernel_host.hpp"

#include "plugin/kernel_calls.hpp"

#include "wasm/instance.hpp"
#include "wasm/linker.hpp"

#include <algorithm>
#include <any>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace sluice {
namespace {

using wasm::Caller;
using wasm::Value;
using Values = std::span<Value>;

KernelHost& host_of(Caller& caller) {
    return *std::any_cast<KernelHost*>(caller.data());
}

/// Remembers `value` for take() and gives its size, -1 when there is none.
std::int64_t find(KernelHost& host, std::optional<ByteView> value) {
    host.found = value.value_or(ByteView{});
    return value ? static_cast<std::int64_t>(value->size()) : -1;
}

void config_get(Caller& caller, Values values) {
    KernelHost& host = host_of(caller);
    const Configuration& config = host.config();
    const auto entry = config.find(as_text(kernel_argument(caller, values, 0, "the config key")));
    std::optional<ByteView> value;
    if (entry != config.end()) value = as_bytes(entry->second);
    values[0].i64 = find(host, value);
}

void var_get(Caller& caller, Values values) {
    KernelHost& host = host_of(caller);
    const ByteView key = kernel_argument(caller, values, 0, "the variable's key");
    values[0].i64 = find(host, host.variables.find(as_text(key)));
}

void var_set(Caller& caller, Values values) {
    const ByteView key = kernel_argument(caller, values, 0, "the variable's key");
    const ByteView value = kernel_argument(caller, values, 2, "the variable's value");
    host_of(caller).variables.set(as_text(key), value);
}

void var_remove(Caller& caller, Values values) {
    const ByteView key = kernel_argument(caller, values, 0, "the variable's key");
    host_of(caller).variables.remove(as_text(key));
}

void take(Caller& caller, Values values) {
    KernelHost& host = host_of(caller);
    kernel_take(caller, values, std::exchange(host.found, {}));
    host.kept = Bytes();
}

void log(Caller& caller, Values values) {
    const ByteView message = kernel_argument(caller, values, 1, "a log message");
    host_of(caller).log(static_cast<LogLevel>(values[0].i32), as_text(message));
}

void tell_log_level(Caller& caller, Values values) {
    values[0].i32 = static_cast<std::int32_t>(host_of(caller).log_level());
}

void http_request(Caller& caller, Values values) {
    KernelHost& host = host_of(caller);
    const ByteView request = kernel_argument(caller, values, 0, "the HTTP request");
    const ByteView body = kernel_argument(caller, values, 2, "the HTTP request's body");
    host.kept = host.http.request(as_text(request), body,
                                  {.deadline = host.deadline, .cancel = host.cancel});
    values[0].i64 = find(host, host.kept);
}

void http_status(Caller& caller, Values values) {
    values[0].i32 = host_of(caller).http.status();
}

void http_headers(Caller& caller, Values values) {
    KernelHost& host = host_of(caller);
    const std::optional<std::string> json = host.http.headers();
    host.kept.clear();
    if (json) std::ranges::copy(as_bytes(*json), std::back_inserter(host.kept));
    values[0].i64 = find(host, host.kept);
}

}  // namespace

KernelHost::KernelHost(const Manifest& chosen_manifest, const PluginOptions& chosen_options)
    : variables(chosen_manifest.memory.max_var_bytes),
      manifest(chosen_manifest),
      options(chosen_options),
      http(chosen_manifest, chosen_options),
      log(chosen_options.log),
      lowest_level(chosen_options.log_level) {}

void define_kernel_host(wasm::Linker& linker) {
    constexpr auto i32 = wasm::ValueType::i32;
    constexpr auto i64 = wasm::ValueType::i64;
    const auto define = [&](std::string_view name, const wasm::FunctionType& type,
                            void (*function)(Caller&, Values)) {
        linker.define("extism:host", name, type, [function](Caller& caller, Values values) {
            host_of(caller).serve([&] { function(caller, values); });
        });
    };
    define("config_get", {{i64, i64}, {i64}}, config_get);
    define("var_get", {{i64, i64}, {i64}}, var_get);
    define("var_set", {{i64, i64, i64, i64}, {}}, var_set);
    define("var_remove", {{i64, i64}, {}}, var_remove);
    define("take", {{i64, i64}, {}}, take);
    define("log", {{i32, i64, i64}, {}}, log);
    define("log_level", {{}, {i32}}, tell_log_level);
    define("http_request", {{i64, i64, i64, i64}, {i64}}, http_request);
    define("http_status", {{}, {i32}}, http_status);
    define("http_headers", {{}, {i64}}, http_headers);
}

}  // namespace sluice
