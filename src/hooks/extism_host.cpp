#include "hooks/extism_host.hpp"

#include "base/json_text.hpp"
#include "hooks/guest_host.hpp"
#include "hooks/host_call.hpp"
#include "plugin/guest_http.hpp"
#include "plugin/kernel.hpp"
#include "plugin/kernel_calls.hpp"
#include "wasm/instance.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <array>
#include <string>
#include <utility>

namespace sluice::hooks {
namespace {

using wasm::Continuation;
using wasm::Value;
using Kind = VariableCommand::Kind;

/// One of the kernel's calls: its arguments, and the guest behind it.
struct ExtismCall {
    wasm::Caller& caller;
    std::span<Value> values;
    GuestHost& host;

    std::string_view text(std::size_t first, std::string_view what) const {
        return as_text(kernel_argument(caller, values, first, what));
    }
    /// The result stays with the host until the kernel has made room for it, see take().
    /// Errors: \throws Error guest_error for a failure.
    void answer(HostReply reply) const {
        const std::int64_t code = host.keep(std::move(reply));
        if (code == HostReply::failed) throw Error(ErrorCode::guest_error, host.result());
        if (!values.empty()) values[0].i64 = code;
    }
    /// After a check of the host's has failed.
    [[noreturn]] void refuse() const { throw Error(ErrorCode::guest_error, host.result()); }
};

/// Makes the guest wait. A failure cannot be thrown when the wait ends: it is kept, and the kernel
/// told of a result, so that it comes for it by take().
Continuation wait(const ExtismCall& call, HostTask task) {
    GuestHost& host = call.host;
    return [&host, is_over = host.wait_for(std::move(task))](std::span<Value> results) {
        std::array<Value, 1> code{};
        if (!is_over(code)) return false;
        if (code[0].i64 == HostReply::failed) {
            host.fail_call();
            code[0].i64 = 1;
        }
        if (!results.empty()) results[0] = code[0];
        return true;
    };
}

Continuation run(const ExtismCall& call, VariableCommand command) {
    if (!call.host.admits()) call.refuse();
    const HookPluginOptions& options = call.host.options();
    if (std::string why = problem_of(options, command); !why.empty())
        throw Error(ErrorCode::guest_error, why);
    command.owner = options.name;
    command.most_bytes = options.access.variable_bytes;
    if (auto reply = options.services->variables(command)) {
        call.answer(call.host.reply_to(command, std::move(*reply)));
        return {};
    }
    if (!call.host.admits_wait("the store of variables")) call.refuse();
    return wait(call, std::move(command));
}

Continuation config_get(const ExtismCall& call) {
    const auto& members = call.host.config();
    const auto found = members.find(call.text(0, "the config key"));
    call.answer(found == members.end() ? HostReply{HostReply::absent, {}}
                                       : HostReply::value(found->second));
    return {};
}

Continuation var_get(const ExtismCall& call) {
    return run(call, {.kind = Kind::get, .key = std::string(call.text(0, "the variable's key"))});
}

Continuation var_set(const ExtismCall& call) {
    const std::string_view value = call.text(2, "the variable's value");
    // What does not fit in is refused by the store, which needs to see no more of it.
    const std::size_t most = call.host.options().access.variable_bytes + 1;
    return run(call, {.kind = Kind::set,
                      .key = std::string(call.text(0, "the variable's key")),
                      .value = std::string(value.substr(0, most))});
}

Continuation var_remove(const ExtismCall& call) {
    return run(call,
               {.kind = Kind::remove, .key = std::string(call.text(0, "the variable's key"))});
}

Continuation take(const ExtismCall& call) {
    kernel_take(call.caller, call.values, as_bytes(call.host.result()));
    return {};
}

Continuation log(const ExtismCall& call) {
    call.host.output().log(call.values[0].i32, call.text(1, "a log message"));
    return {};
}

Continuation log_level(const ExtismCall& call) {
    call.values[0].i32 = static_cast<std::int32_t>(GuestOutput::level_read());
    return {};
}

Continuation http_request(const ExtismCall& call) {
    constexpr std::size_t max_bytes = 16 << 20;
    call.host.forget_http();
    if (!call.host.admits_wait("http_request") || !call.host.counts(Limit::http_calls))
        call.refuse();
    const std::string_view json = call.text(0, "the HTTP request");
    const std::string_view body = call.text(2, "the HTTP request's body");
    if (json.size() > max_bytes || body.size() > max_bytes)
        throw Error(
            ErrorCode::guest_error,
            fmt::format("http_request: a request, and its body, has at most {} bytes", max_bytes));
    HttpRequest request = parse_http_request(json);
    HttpTask task{.method = std::move(request.method),
                  .url = std::move(request.url),
                  .headers = {request.headers.begin(), request.headers.end()},
                  .body = std::string(body)};
    return wait(call, std::move(task));
}

Continuation http_status(const ExtismCall& call) {
    call.values[0].i32 = call.host.http_status();
    return {};
}

Continuation http_headers(const ExtismCall& call) {
    call.answer(HostReply::value(json_object(call.host.http_headers())));
    return {};
}

/// A call, unless an earlier one has failed: then the hook call ends here.
Continuation serve(Continuation (*function)(const ExtismCall&), wasm::Caller& caller,
                   std::span<Value> values) {
    GuestHost& host = *std::any_cast<GuestHost*>(caller.data());
    if (!host.failure().empty()) throw Error(ErrorCode::guest_error, host.failure());
    return function({caller, values, host});
}

}  // namespace

void define_extism_host(wasm::Linker& linker, const HookPluginOptions& options) {
    constexpr auto i32 = wasm::ValueType::i32;
    constexpr auto i64 = wasm::ValueType::i64;
    const auto define = [&](std::string_view name, const wasm::FunctionType& type,
                            Continuation (*function)(const ExtismCall&)) {
        linker.define(kernel_host, name, type,
                      [function](wasm::Caller& caller, std::span<Value> values) {
                          serve(function, caller, values);
                      });
    };
    const auto define_waiting = [&](std::string_view name, const wasm::FunctionType& type,
                                    Continuation (*function)(const ExtismCall&)) {
        linker.define_suspending(kernel_host, name, type,
                                 [function](wasm::Caller& caller, std::span<Value> values) {
                                     return serve(function, caller, values);
                                 });
    };
    define("config_get", {{i64, i64}, {i64}}, config_get);
    define("take", {{i64, i64}, {}}, take);
    define("log", {{i32, i64, i64}, {}}, log);
    define("log_level", {{}, {i32}}, log_level);
    define("http_status", {{}, {i32}}, http_status);
    define("http_headers", {{}, {i64}}, http_headers);
    define_waiting("http_request", {{i64, i64, i64, i64}, {i64}}, http_request);
    const auto define_variable = [&](std::string_view name, const wasm::FunctionType& type,
                                     Continuation (*function)(const ExtismCall&)) {
        if (options.services && options.services->variables_wait)
            define_waiting(name, type, function);
        else
            define(name, type, function);
    };
    define_variable("var_get", {{i64, i64}, {i64}}, var_get);
    define_variable("var_set", {{i64, i64, i64, i64}, {}}, var_set);
    define_variable("var_remove", {{i64, i64}, {}}, var_remove);
}

}  // namespace sluice::hooks
