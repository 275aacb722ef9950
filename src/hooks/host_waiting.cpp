#include "hooks/host_waiting.hpp"

#include "hooks/http_task.hpp"

#include <chrono>

namespace sluice::hooks {
namespace {

using Kind = VariableCommand::Kind;
using wasm::Continuation;

constexpr std::size_t max_request_bytes = 256 << 10;
constexpr std::size_t max_body_bytes = 16 << 20;

/// Runs a command, or makes the guest wait for it.
Continuation run(const HostCall& call, VariableCommand command) {
    if (!call.host.admits()) {
        call.refuse();
        return {};
    }
    if (std::string problem = problem_of(call.options(), command); !problem.empty()) {
        call.fail(std::move(problem));
        return {};
    }
    command.owner = call.options().name;
    command.most_bytes = call.options().access.variable_bytes;
    if (auto reply = call.options().services->variables(command)) {
        call.answer(call.host.reply_to(command, std::move(*reply)));
        return {};
    }
    if (call.host.admits_wait("the store of variables"))
        return call.host.wait_for(std::move(command));
    call.refuse();
    return {};
}

std::chrono::milliseconds ttl(const HostCall& call, std::size_t at) {
    return std::chrono::milliseconds(call.values[at].i64);
}

}  // namespace

std::string problem_of(const HookPluginOptions& options, const VariableCommand& command) {
    if (!options.services || !options.services->variables) return "this host keeps no variables";
    if (command.key.empty() || command.key.size() > max_variable_key)
        return fmt::format("a variable's key has 1 to {} bytes", max_variable_key);
    if (command.ttl.count() < 0) return "a time to live must not be negative; 0 stands for ever";
    return {};
}

Continuation var_get(const HostCall& call) {
    return run(call, {.kind = Kind::get, .key = call.key()});
}

Continuation var_set(const HostCall& call) {
    return run(
        call,
        {.kind = Kind::set, .key = call.key(), .value = call.variable(2), .ttl = ttl(call, 4)});
}

Continuation var_delete(const HostCall& call) {
    return run(call, {.kind = Kind::remove, .key = call.key()});
}

Continuation var_compare_and_swap(const HostCall& call) {
    VariableCommand command{
        .kind = Kind::swap, .key = call.key(), .value = call.variable(4), .ttl = ttl(call, 6)};
    if (call.values[3].i32 != -1) command.expected = call.variable(2);
    return run(call, std::move(command));
}

Continuation var_add(const HostCall& call) {
    return run(
        call,
        {.kind = Kind::add, .key = call.key(), .delta = call.values[2].i64, .ttl = ttl(call, 3)});
}

Continuation http_request(const HostCall& call) {
    const auto refuse = [&] {
        call.refuse();
        return Continuation();
    };
    if (!call.host.admits_wait("http_request") || !call.host.counts(Limit::http_calls))
        return refuse();
    try {
        const std::string request = call.text(0, max_request_bytes);
        if (request.size() > max_request_bytes || call.u32(3) > max_body_bytes)
            throw Error(ErrorCode::invalid_input,
                        fmt::format("http_request: a request has at most {} bytes, its body {}",
                                    max_request_bytes, max_body_bytes));
        return call.host.wait_for(read_http_task(request, call.text(2)));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::guest_error) throw;  // a pointer that leads nowhere
        call.fail(error.what());
        return {};
    }
}

Continuation llm_call(const HostCall& call) {
    const auto refuse = [&] {
        call.refuse();
        return Continuation();
    };
    if (!call.host.admits_wait("llm_call")) return refuse();
    if (!call.options().access.llm) {
        call.fail("permissions.llm is off for this plug-in");
        return {};
    }
    if (!call.host.counts(Limit::llm_calls)) return refuse();
    if (call.u32(1) > max_body_bytes) {
        call.fail(fmt::format("llm_call: a request has at most {} bytes", max_body_bytes));
        return {};
    }
    return call.host.wait_for(LlmTask{call.text(0)});
}

}  // namespace sluice::hooks
