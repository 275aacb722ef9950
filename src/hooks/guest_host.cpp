#include "hooks/guest_host.hpp"

#include "base/base64.hpp"
#include "base/json_slices.hpp"
#include "base/json_text.hpp"
#include "hooks/limits.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace sluice::hooks {

ConfigMembers config_members(std::string_view json) {
    ConfigMembers members;
    try {
        JsonDocument document;
        for (const auto& [key, value] : document.read(json).members())
            members.insert_or_assign(key.string(), value.is(JsonKind::string)
                                                       ? value.string()
                                                       : std::string(value.text()));
    } catch (const Error&) {
        members.clear();
    }
    return members;
}

std::string json_object(const HttpHeaders& members) {
    std::string json = "{";
    for (const auto& [name, value] : members) {
        if (json.size() > 1) json += ',';
        append_json_text(json, name);
        json += ':';
        append_json_text(json, value);
    }
    return json += '}';
}

void GuestHost::enter(Scope scope, HostCallCounts* counts) noexcept {
    scope_ = scope;
    own_counts_ = {};
    counts_ = counts == nullptr ? &own_counts_ : counts;
    failure_.clear();
    forget_http();
    reply_ = HostReply();  // an idle guest needs no megabytes
    task_.reset();
    given_.reset();
}

std::int64_t GuestHost::keep(HostReply reply) {
    reply_ = std::move(reply);
    return reply_.code;
}

bool GuestHost::admits() {
    if (scope_ != Scope::outside) return true;
    fail("host calls can be made while a hook or init runs only");
    return false;
}

bool GuestHost::admits_wait(std::string_view function) {
    if (!admits()) return false;
    if (scope_ == Scope::hook) return true;
    fail(
        fmt::format("{} has to be waited for, which is possible while a hook runs only, not in "
                    "init",
                    function));
    return false;
}

bool GuestHost::counts(Limit limit) {
    const HostAccess& access = options_.access;
    const bool is_llm = limit == Limit::llm_calls;
    std::uint32_t& made = is_llm ? counts_->llm : counts_->http;
    const std::uint32_t allowed = is_llm ? access.llm_calls : access.http_calls;
    if (made >= allowed) {
        usage_.count_broken(limit);
        fail(fmt::format("no more such calls for this request ({})", in_words(options_, limit)));
        return false;
    }
    ++made;
    (is_llm ? usage_.llm_calls : usage_.http_calls).raise(made);
    return true;
}

HostReply GuestHost::reply_to(const VariableCommand& command, VariableReply reply) const {
    using Kind = VariableCommand::Kind;
    using Outcome = VariableReply::Outcome;
    usage_.variable_bytes.raise(reply.used_bytes);
    const bool gives_text = command.kind == Kind::get || command.kind == Kind::add;
    switch (reply.outcome) {
        case Outcome::done:
            if (gives_text) return HostReply::value(std::move(reply.text));
            return {command.kind == Kind::set ? 0 : 1, {}};
        case Outcome::absent:
            return {command.kind == Kind::get ? HostReply::absent : 0, {}};
        case Outcome::different:
            return {0, std::move(reply.text)};
        case Outcome::too_large:
            usage_.count_broken(Limit::variables);
            return HostReply::failure(
                fmt::format("the variable `{}` does not fit in beside the others ({})", command.key,
                            in_words(options_, Limit::variables)));
        case Outcome::failed:
            break;
    }
    return HostReply::failure(std::move(reply.text));
}

HostReply GuestHost::reply_to(HttpReply reply) {
    if (!reply.problem.empty()) return HostReply::failure(std::move(reply.problem));
    if (abi_ == Abi::extism) {
        http_status_ = reply.status;
        http_headers_ = std::move(reply.headers);
        return HostReply::value(std::move(reply.body));
    }
    std::string json =
        fmt::format(R"({{"status":{},"headers":{})", reply.status, json_object(reply.headers));
    if (is_utf8(reply.body)) {
        json += R"(,"body":)";
        append_json_text(json, reply.body);
    } else {
        json += R"(,"body_base64":")";
        append_base64(json, reply.body);
        json += '"';
    }
    return HostReply::value(std::move(json) + '}');
}

void GuestHost::forget_http() noexcept {
    http_status_ = 0;
    http_headers_.clear();
}

wasm::Continuation GuestHost::wait_for(HostTask task) {
    task_ = std::move(task);
    given_.reset();
    return [this](std::span<wasm::Value> results) {
        if (!given_) return false;
        results[0].i64 = keep(*std::exchange(given_, std::nullopt));
        task_.reset();
        return true;
    };
}

}  // namespace sluice::hooks
