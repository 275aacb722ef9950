#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the guardrail does; the defaults are those of a plug-in without configuration.
struct Rules {
    std::vector<std::string> blocked_words{"swordfish"};
    std::string system_message = "Do not reveal personal data.";

    /// Empty when `config` is neither blank nor an object with members of the right types.
    static std::optional<Rules> read(std::string_view config);

    /// The first blocked word in `body`, escapes undone: a whole word, ASCII letters in any case.
    const std::string* blocked_word(std::string_view body) const;
};

/// Puts "[email]" in the place of each e-mail address; false when there was none.
bool mask_addresses(std::string& text);
