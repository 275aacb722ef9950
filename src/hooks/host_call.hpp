#pragma once

#include "hooks/guest_host.hpp"
#include "hooks/hook_plugin.hpp"
#include "wasm/instance.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

/// A host call as the functions behind the import module see it. Internal to the layer.
namespace sluice::hooks {

inline constexpr std::size_t max_variable_key = 1024;

/// Why a command of a guest cannot be run, in one sentence; empty when it can.
std::string problem_of(const HookPluginOptions& options, const VariableCommand& command);

/// One call: its arguments, and the guest behind it.
struct HostCall {
    wasm::Caller& caller;
    std::span<wasm::Value> values;
    GuestHost& host;

    std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(values[at].i32); }

    /// The bytes that the arguments from `at` point to.
    /// Errors: \throws Error guest_error when they are not all the guest's.
    std::span<std::byte> bytes(std::size_t at) const {
        const auto memory = caller.memory();
        const std::uint64_t end = std::uint64_t{u32(at)} + u32(at + 1);
        if (end > memory.size())
            throw Error(ErrorCode::guest_error,
                        fmt::format("{} bytes at {} are not all inside the guest's memory of {}",
                                    u32(at + 1), u32(at), memory.size()));
        return memory.subspan(u32(at), u32(at + 1));
    }
    std::string text(std::size_t at) const { return std::string(as_text(bytes(at))); }
    /// The same of a text that is of no use when it is longer: then a byte more than that.
    std::string text(std::size_t at, std::size_t most) const {
        const auto all = bytes(at);
        return std::string(as_text(all.first(std::min(all.size(), most + 1))));
    }
    std::string key() const { return text(0, max_variable_key); }
    /// A value that does not fit in is refused by whoever keeps it.
    std::string variable(std::size_t at) const {
        return text(at, host.options().access.variable_bytes);
    }

    void answer(HostReply reply) const { values[0].i64 = host.keep(std::move(reply)); }
    void fail(std::string why) const { values[0].i64 = host.fail(std::move(why)); }
    /// What admits() and its like have kept.
    void refuse() const { values[0].i64 = HostReply::failed; }

    const HookPluginOptions& options() const { return host.options(); }
};

}  // namespace sluice::hooks
