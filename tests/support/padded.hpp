#pragma once

#include <string_view>
#include <vector>

namespace sluice::tests {

/// A copy of a text with exactly the 64 readable bytes behind it that simdjson wants, so that
/// AddressSanitizer sees one more. The bytes behind the text are brackets: poison for a parser that
/// goes on.
class Padded {
  public:
    explicit Padded(std::string_view text) : size_(text.size()), bytes_(text.begin(), text.end()) {
        bytes_.resize(size_ + 64, '{');
        bytes_.shrink_to_fit();
    }
    std::string_view view() const { return {bytes_.data(), size_}; }

  private:
    std::size_t size_;
    std::vector<char> bytes_;
};

}  // namespace sluice::tests
