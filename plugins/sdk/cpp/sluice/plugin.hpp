#pragma once

#include "sluice/chat.hpp"
#include "sluice/chunk.hpp"
#include "sluice/completion.hpp"
#include "sluice/context.hpp"
#include "sluice/guest.hpp"
#include "sluice/http.hpp"

// Typed hooks for plug-ins of the Sluice gateway: headers alone, C++20, no exceptions.
//
// Write a class with the hooks that you want and name them in SLUICE_PLUGIN; exports, packing, JSON
// and what an answer looks like are this library's. Everything typed is a view of the JSON that
// came: a member that no type here knows stays as it was, and only what you changed goes back.
// Values without a type of their own are JSON text.
//
//     struct Brief {
//         static constexpr std::string_view name = "brief";
//         bool init(const sluice::Members& config);   // false refuses the plug-in
//         std::optional<sluice::HttpResponse> http_pre_hook(sluice::Context&,
//         sluice::HttpRequest&); std::optional<sluice::ShortCircuit> pre_hook(sluice::Context&,
//         sluice::ChatRequest&); void post_hook(sluice::Context&, sluice::Outcome&); sluice::Fate
//         http_stream_chunk_hook(sluice::Context&, sluice::Chunk&); void
//         http_post_hook(sluice::Context&, const sluice::HttpRequest&, sluice::HttpResponse&);
//     };
//     SLUICE_PLUGIN(Brief, pre_hook)
//
// An instance serves one call at a time and may be replaced at any time: what must last belongs
// into the context, or to the host.
namespace sluice::detail {

/// The one plug-in of the module.
template <class Plugin>
inline Plugin instance;

template <class Plugin>
std::int32_t init(const char* text, std::uint32_t size) {
    const std::string_view config = size == 0 ? "{}" : std::string_view(text, size);
    return json::is_object(config) && instance<Plugin>.init(Members(config)) ? 0 : 1;
}

/// Runs `hook(context, input)`, which gives what comes between context and failure in the answer.
template <class Hook>
std::uint64_t run(const char* text, std::uint32_t size, std::string_view failure, Hook hook) {
    const std::string_view input(text, size);
    Context context(json::member(input, "context"));
    std::string rest;
    if (json::is_object(input)) {
        rest = hook(context, input);
    } else {
        context.fail("the input is not a JSON object");
    }
    const std::string end = ",\"" + std::string(failure) + "\":";
    if (!context.failure().empty())
        return give(R"({"context":{})" + end + json::quote(context.failure()) + "}");
    return give(R"({"context":)" + context.changes() + rest + end + "\"\"}");
}

template <class Plugin>
std::uint64_t http_pre_hook(const char* text, std::uint32_t size) {
    return run(text, size, "error", [](Context& context, std::string_view input) {
        HttpRequest request(json::member(input, "request"));
        const auto response = instance<Plugin>.http_pre_hook(context, request);
        return R"(,"request":)" + (response ? "null" : request.changes()) + R"(,"response":)" +
               (response ? response->changes() : "null") + R"(,"has_response":)" +
               (response ? "true" : "false");
    });
}

template <class Plugin>
std::uint64_t pre_hook(const char* text, std::uint32_t size) {
    return run(text, size, "error", [](Context& context, std::string_view input) {
        ChatRequest request(json::member(input, "request"));
        const auto answer = instance<Plugin>.pre_hook(context, request);
        return R"(,"request":)" + (answer ? "null" : request.changes()) + R"(,"short_circuit":)" +
               (answer ? answer->json() : "null") + R"(,"has_short_circuit":)" +
               (answer ? "true" : "false");
    });
}

template <class Plugin>
std::uint64_t post_hook(const char* text, std::uint32_t size) {
    return run(text, size, "hook_error", [](Context& context, std::string_view input) {
        const std::string_view sent = json::member(input, "response");
        const std::string_view inner = json::member(sent, "chat_response");
        const bool is_error = json::member(input, "has_error") == "true";
        const bool wrapped = is_error || inner.starts_with('{');
        Outcome outcome;
        if (is_error) {
            outcome.error = json::member(input, "error");
        } else {
            outcome.response.emplace(inner.starts_with('{') ? inner : sent,
                                     Completion::Origin::gateway);
        }
        instance<Plugin>.post_hook(context, outcome);
        std::string response = outcome.response ? outcome.response->changes() : "null";
        if (wrapped && response != "null") response = R"({"chat_response":)" + response + "}";
        const bool failed = !outcome.response && !outcome.error.empty();
        return R"(,"response":)" + response + R"(,"error":)" + (failed ? outcome.error : "null") +
               R"(,"has_error":)" + (failed ? "true" : "false");
    });
}

template <class Plugin>
std::uint64_t http_stream_chunk_hook(const char* text, std::uint32_t size) {
    return run(text, size, "error", [](Context& context, std::string_view input) {
        Chunk chunk(json::member(input, "chunk"), json::member(input, "window"));
        const bool skip = instance<Plugin>.http_stream_chunk_hook(context, chunk) == Fate::drop;
        const std::string json = skip ? "null" : chunk.completion.changes();
        return R"(,"chunk":)" + json + R"(,"has_chunk":)" + (json == "null" ? "false" : "true") +
               R"(,"skip":)" + (skip ? "true" : "false");
    });
}

template <class Plugin>
std::uint64_t http_post_hook(const char* text, std::uint32_t size) {
    return run(text, size, "error", [](Context& context, std::string_view input) {
        const HttpRequest request(json::member(input, "request"));
        HttpResponse response(json::member(input, "response"));
        instance<Plugin>.http_post_hook(context, request, response);
        return R"(,"response":)" + response.changes();
    });
}

}  // namespace sluice::detail

#define SLUICE_HOOK(type, hook)                                                \
    SLUICE_EXPORT(#hook)                                                       \
    std::uint64_t sluice_export_##hook(const char* text, std::uint32_t size) { \
        return sluice::detail::hook<type>(text, size);                         \
    }
#define SLUICE_HOOKS_1(type, hook) SLUICE_HOOK(type, hook)
#define SLUICE_HOOKS_2(type, hook, ...) SLUICE_HOOK(type, hook) SLUICE_HOOKS_1(type, __VA_ARGS__)
#define SLUICE_HOOKS_3(type, hook, ...) SLUICE_HOOK(type, hook) SLUICE_HOOKS_2(type, __VA_ARGS__)
#define SLUICE_HOOKS_4(type, hook, ...) SLUICE_HOOK(type, hook) SLUICE_HOOKS_3(type, __VA_ARGS__)
#define SLUICE_HOOKS_5(type, hook, ...) SLUICE_HOOK(type, hook) SLUICE_HOOKS_4(type, __VA_ARGS__)
#define SLUICE_SIXTH(a, b, c, d, e, macro, ...) macro

/// Makes a plug-in of a class, with the hooks that are named, in one source file of the module. A
/// hook that is not named is not exported and costs a request nothing.
#define SLUICE_PLUGIN(type, ...)                                                              \
    SLUICE_EXPORT("get_name") std::uint64_t sluice_export_get_name() {                        \
        return sluice::give(type::name);                                                      \
    }                                                                                         \
    SLUICE_EXPORT("init")                                                                     \
    std::int32_t sluice_export_init(const char* text, std::uint32_t size) {                   \
        return sluice::detail::init<type>(text, size);                                        \
    }                                                                                         \
    SLUICE_SIXTH(__VA_ARGS__, SLUICE_HOOKS_5, SLUICE_HOOKS_4, SLUICE_HOOKS_3, SLUICE_HOOKS_2, \
                 SLUICE_HOOKS_1, )(type, __VA_ARGS__)
