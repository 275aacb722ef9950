#include "capi/border.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace sluice::capi {

ByteView bytes_of(const std::uint8_t* data, ExtismSize size, std::string_view what) {
    if (data == nullptr && size != 0)
        throw Error(ErrorCode::invalid_input, fmt::format("{} is NULL, with a length", what));
    return std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
}

char* to_c(std::string_view text) {
    auto copy = std::make_unique<char[]>(text.size() + 1);
    std::ranges::copy(text, copy.get());
    return copy.release();
}

}  // namespace sluice::capi

void extism_plugin_new_error_free(char* err) {
    std::unique_ptr<char[]>(err).reset();
}
