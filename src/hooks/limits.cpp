#include "hooks/limits.hpp"

#include <fmt/format.h>

namespace sluice::hooks {
namespace {

std::uint64_t allowed(const HookPluginOptions& options, Limit limit) {
    const auto count = [](std::chrono::milliseconds time) {
        return static_cast<std::uint64_t>(time.count());
    };
    switch (limit) {
        case Limit::timeout:
            return count(options.call_timeout);
        case Limit::cpu:
            return count(options.cpu_timeout);
        case Limit::init_timeout:
            return count(options.init_timeout);
        case Limit::memory:
            return options.memory_bytes >> 20;
        case Limit::output:
            return options.output_bytes >> 20;
        case Limit::log_lines:
            return options.log_lines_per_second;
        case Limit::variables:
            return options.access.variable_bytes;
        case Limit::http_calls:
            return options.access.http_calls;
        case Limit::llm_calls:
            return options.access.llm_calls;
        case Limit::stack:
        case Limit::none:
            break;
    }
    return 0;
}

}  // namespace

Limit limit_behind(const Error& error, Limit of_time) {
    if (error.code() == ErrorCode::timeout) return of_time;
    if (error.code() == ErrorCode::memory_limit) return Limit::memory;
    // The engine knows no code for it.
    const bool stack =
        error.code() == ErrorCode::trap &&
        std::string_view(error.what()).find("call stack exhausted") != std::string_view::npos;
    return stack ? Limit::stack : Limit::none;
}

std::uint64_t allowed(const HookPlugin& plugin, Limit limit) {
    return limit == Limit::stack ? plugin.stack_bytes() >> 10 : allowed(plugin.options(), limit);
}

std::string in_words(const HookPluginOptions& options, Limit limit) {
    if (limit == Limit::stack) return "the limit of its stack";
    return fmt::format("limits.{} is {}", name_of(limit), allowed(options, limit));
}

}  // namespace sluice::hooks
