#pragma once

#include <sluice/bytes.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What a plug-in remembers from call to call, kept by its host and bounded.
class Variables {
  public:
    explicit Variables(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

    /// Lifetime: until that variable is changed.
    std::optional<ByteView> find(std::string_view key) const noexcept;
    /// Errors: \throws Error memory_limit when keys and values would pass the bound, or when the
    /// bound is 0; the old value then stays.
    void set(std::string_view key, ByteView value);
    void remove(std::string_view key);

  private:
    std::map<std::string, Bytes, std::less<>> values_;
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
};

}  // namespace sluice
