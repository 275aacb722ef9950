#include "plugin/variables.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

namespace sluice {
namespace {

// What a variable costs besides its bytes, so that a million empty ones are not free. The number is
// that of the Extism runtime.
constexpr std::uint64_t entry_bytes = 48;

}  // namespace

std::optional<ByteView> Variables::find(std::string_view key) const noexcept {
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

void Variables::set(std::string_view key, ByteView value) {
    if (max_bytes_ == 0)
        throw Error(ErrorCode::memory_limit, "variables are disabled by this host");
    const auto found = values_.find(key);
    std::uint64_t others = bytes_;
    if (found != values_.end()) others -= key.size() + found->second.size() + entry_bytes;
    const std::uint64_t after = others + key.size() + value.size() + entry_bytes;
    if (after > max_bytes_)
        throw Error(ErrorCode::memory_limit,
                    fmt::format("variable store is full: `{}` would need {} of {} bytes", key,
                                after, max_bytes_));
    if (found != values_.end())
        found->second.assign(value.begin(), value.end());
    else
        values_.emplace(key, Bytes(value.begin(), value.end()));
    bytes_ = after;
}

void Variables::remove(std::string_view key) {
    const auto found = values_.find(key);
    if (found == values_.end()) return;
    bytes_ -= key.size() + found->second.size() + entry_bytes;
    values_.erase(found);
}

}  // namespace sluice
