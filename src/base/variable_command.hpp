#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// What a plug-in asks of its variables. Plain data between whoever reads it from a guest and
/// whatever keeps the variables.
struct VariableCommand {
    enum class Kind : std::uint8_t { get, set, remove, swap, add };

    Kind kind = Kind::get;
    std::string owner{};  ///< the plug-in: no other's variables are reached
    std::string key{};
    std::string value{};                    ///< of set and swap
    std::optional<std::string> expected{};  ///< of swap; none: that there is no variable
    std::int64_t delta = 0;                 ///< of add
    std::chrono::milliseconds ttl{0};       ///< of set and swap, and of what add makes; 0: for ever
    std::uint64_t most_bytes = 0;           ///< of all keys and values of the owner together
};

/// What came of it.
struct VariableReply {
    enum class Outcome : std::uint8_t {
        done,       ///< `text` is the value of get, the new number of add
        absent,     ///< of get and remove
        different,  ///< of swap: nothing was changed, `text` is the present value, if there is one
        too_large,  ///< nothing was changed: it would pass `most_bytes`
        failed,     ///< `text` says why, in one sentence
    };

    Outcome outcome = Outcome::done;
    std::string text{};
    std::uint64_t used_bytes = 0;  ///< of the owner's variables, after commands that write
};

}  // namespace sluice
