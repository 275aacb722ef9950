#include "store/memory_variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace sluice::store {
namespace {

using Clock = std::chrono::steady_clock;
using Outcome = VariableReply::Outcome;

struct Variable {
    std::string value;
    Clock::time_point expires;
};

/// Nothing when the text is no whole number, or the sum is none.
std::optional<std::int64_t> sum(const std::string& text, std::int64_t delta) {
    std::int64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || end != last) return std::nullopt;
    std::int64_t result = 0;
    if (__builtin_add_overflow(number, delta, &result)) return std::nullopt;
    return result;
}

/// One plug-in's.
class Space {
  public:
    VariableReply run(const VariableCommand& command);

  private:
    using Place = std::unordered_map<std::string, Variable>::iterator;

    /// The end when there is none, or it has expired.
    Place find(const std::string& key);
    void erase(Place place);
    void drop_expired();
    /// False when there is no room for it.
    bool write(const VariableCommand& command, std::string value, Clock::time_point expires);
    VariableReply swap(const VariableCommand& command);
    VariableReply add(const VariableCommand& command);
    VariableReply written(bool well, std::string text = {}) const {
        return {well ? Outcome::done : Outcome::too_large, std::move(text), bytes_};
    }

    std::mutex mutex_{};
    std::unordered_map<std::string, Variable> variables_{};
    std::uint64_t bytes_ = 0;
};

Clock::time_point expiry(std::chrono::milliseconds ttl) {
    constexpr std::chrono::hours longest(24 * 365 * 100);  // the sum must not wrap around
    if (ttl.count() == 0) return Clock::time_point::max();
    return Clock::now() + std::min<std::chrono::milliseconds>(ttl, longest);
}

Space::Place Space::find(const std::string& key) {
    const auto found = variables_.find(key);
    if (found == variables_.end() || found->second.expires > Clock::now()) return found;
    erase(found);
    return variables_.end();
}

void Space::erase(Place place) {
    bytes_ -= place->first.size() + place->second.value.size();
    variables_.erase(place);
}

void Space::drop_expired() {
    const auto now = Clock::now();
    for (auto place = variables_.begin(); place != variables_.end();) {
        const auto present = place++;
        if (present->second.expires <= now) erase(present);
    }
}

bool Space::write(const VariableCommand& command, std::string value, Clock::time_point expires) {
    const auto needed = [&] {
        const auto present = variables_.find(command.key);
        const std::uint64_t freed =
            present == variables_.end() ? 0 : command.key.size() + present->second.value.size();
        return bytes_ - freed + command.key.size() + value.size();
    };
    if (needed() > command.most_bytes) drop_expired();
    const std::uint64_t bytes = needed();
    if (bytes > command.most_bytes) return false;
    variables_.insert_or_assign(command.key, Variable{std::move(value), expires});
    bytes_ = bytes;
    return true;
}

VariableReply Space::swap(const VariableCommand& command) {
    const auto present = find(command.key);
    const bool is_there = present != variables_.end();
    const bool as_expected =
        command.expected ? is_there && present->second.value == *command.expected : !is_there;
    if (!as_expected)
        return {Outcome::different, is_there ? present->second.value : std::string(), bytes_};
    return written(write(command, command.value, expiry(command.ttl)));
}

VariableReply Space::add(const VariableCommand& command) {
    const auto present = find(command.key);
    const bool is_there = present != variables_.end();
    const auto number = sum(is_there ? present->second.value : "0", command.delta);
    if (!number) return not_a_number(command);
    std::string text = fmt::format("{}", *number);
    const auto expires = is_there ? present->second.expires : expiry(command.ttl);
    const bool well = write(command, text, expires);
    return written(well, std::move(text));
}

VariableReply Space::run(const VariableCommand& command) {
    const std::lock_guard lock(mutex_);
    switch (command.kind) {
        case VariableCommand::Kind::get: {
            const auto present = find(command.key);
            if (present == variables_.end()) return {Outcome::absent};
            return {Outcome::done, present->second.value, bytes_};
        }
        case VariableCommand::Kind::set:
            return written(write(command, command.value, expiry(command.ttl)));
        case VariableCommand::Kind::remove: {
            const auto present = find(command.key);
            if (present == variables_.end()) return {Outcome::absent};
            erase(present);
            return written(true);
        }
        case VariableCommand::Kind::swap:
            return swap(command);
        case VariableCommand::Kind::add:
            return add(command);
    }
    return {Outcome::failed, "unknown command"};
}

}  // namespace

struct MemoryVariables::State {
    std::mutex mutex{};  ///< of the map; each space has its own
    std::map<std::string, Space, std::less<>> spaces{};
};

MemoryVariables::MemoryVariables() : state_(std::make_unique<State>()) {}
MemoryVariables::~MemoryVariables() = default;

VariableReply MemoryVariables::run(const VariableCommand& command) {
    Space* space = nullptr;
    {
        const std::lock_guard lock(state_->mutex);
        space = &state_->spaces[command.owner];
    }
    return space->run(command);
}

}  // namespace sluice::store
