#pragma once

#include <cstddef>
#include <string>

namespace sluice::llm {

/// What the readers of requests and answers may look at, and ignore, behind a text's last byte.
inline constexpr std::size_t padding = 64;

/// Makes a text fit for those readers; its next change may undo that.
inline void pad(std::string& text) {
    text.reserve(text.size() + padding);
}

}  // namespace sluice::llm
