#pragma once

#include "store/config.hpp"

#include "expect_error.hpp"

#include <cstdlib>
#include <optional>
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

/// An environment variable for the time of a test.
class EnvironmentVariable {
  public:
    EnvironmentVariable(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        ::setenv(name, value, 1);
    }
    ~EnvironmentVariable() {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
    }
    EnvironmentVariable(const EnvironmentVariable&) = delete;
    EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

  private:
    const char* name_;
    std::optional<std::string> before_{};
};

}  // namespace sluice::tests
