#pragma once

#include "environment_variable.hpp"
#include "store/config.hpp"

#include "expect_error.hpp"

#include <string>
#include <string_view>

namespace sluice::tests {

/// What the reader says to `text`; empty when it is content.
inline std::string refusal(std::string_view text) {
    try {
        store::read_config("config.json", text);
    } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::invalid_input));
        return error.what();
    }
    return "";
}

;

}  // namespace sluice::tests
