#include "plugin/host_patterns.hpp"

#include "base/ascii.hpp"
#include "plugin/ip_address.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice {
namespace {

using Token = HostPatterns::Token;

constexpr std::size_t max_pattern_bytes = 1024;
constexpr std::size_t max_alternatives = 256;

[[noreturn]] void refuse(std::string_view pattern, std::string_view problem) {
    throw Error(ErrorCode::invalid_input,
                fmt::format("allowed_hosts: `{}` is not a pattern: {}", pattern, problem));
}

/// Where the set that opens at `at` closes.
std::size_t end_of_set(std::string_view pattern, std::string_view text, std::size_t at) {
    const std::size_t end = text.find(']', at);
    if (end == std::string_view::npos) refuse(pattern, "a `[` has no `]`");
    return end;
}

/// `a{b,c}d` as `abd` and `acd`: one for each text in the first braces. Empty without braces.
std::vector<std::string> expand_first(std::string_view pattern, std::string_view text) {
    std::size_t begin = std::string_view::npos;
    std::vector<std::size_t> cuts;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '[') {
            i = end_of_set(pattern, text, i);
        } else if (c == '{') {
            if (depth++ == 0) cuts.push_back(begin = i);
        } else if (c == ',' && depth == 1) {
            cuts.push_back(i);
        } else if (c == '}') {
            if (depth == 0) refuse(pattern, "a `}` has no `{`");
            if (--depth > 0) continue;
            cuts.push_back(i);
            std::vector<std::string> texts;
            for (std::size_t cut = 0; cut + 1 < cuts.size(); ++cut)
                texts.push_back(fmt::format(
                    "{}{}{}", text.substr(0, begin),
                    text.substr(cuts[cut] + 1, cuts[cut + 1] - cuts[cut] - 1), text.substr(i + 1)));
            return texts;
        }
    }
    if (depth > 0) refuse(pattern, "a `{` has no `}`");
    return {};
}

/// All texts that a pattern's braces stand for.
std::vector<std::string> expand(std::string_view pattern) {
    std::vector<std::string> open{std::string(pattern)};
    std::vector<std::string> done;
    while (!open.empty()) {
        std::string text = std::move(open.back());
        open.pop_back();
        std::vector<std::string> expanded = expand_first(pattern, text);
        std::ranges::move(expanded, std::back_inserter(open));
        if (expanded.empty()) done.push_back(std::move(text));
        if (done.size() + open.size() > max_alternatives)
            refuse(pattern, fmt::format("its braces stand for more than {}", max_alternatives));
    }
    return done;
}

/// `[a-z]`, given what stands between the brackets.
Token set_of(std::string_view pattern, std::string_view text) {
    const bool negated = text.starts_with('!') || text.starts_with('^');
    if (negated) text.remove_prefix(1);
    if (text.empty()) refuse(pattern, "a set is empty");
    Token token;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(lower_case(text[i]));
        auto last = first;
        if (i + 2 < text.size() && text[i + 1] == '-') {
            last = static_cast<unsigned char>(lower_case(text[i + 2]));
            i += 2;
        }
        if (first > last) refuse(pattern, "a range runs backwards");
        for (unsigned c = first; c <= last; ++c) token.characters.set(c);
    }
    if (negated) token.characters.flip();
    return token;
}

std::vector<Token> tokens_of(std::string_view pattern, std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '*') {
            if (tokens.empty() || !tokens.back().run) tokens.push_back({.run = true});
        } else if (c == '?') {
            tokens.push_back({.characters = std::bitset<256>().set()});
        } else if (c == '[') {
            const std::size_t end = end_of_set(pattern, text, i);
            tokens.push_back(set_of(pattern, text.substr(i + 1, end - i - 1)));
            i = end;
        } else if (c == ']') {
            refuse(pattern, "a `]` has no `[`");
        } else {
            tokens.emplace_back().characters.set(static_cast<unsigned char>(lower_case(c)));
        }
    }
    return tokens;
}

/// Only the last `*` is ever tried again: what the earlier ones took, they may keep.
bool fits(const std::vector<Token>& tokens, std::string_view host) {
    std::size_t token = 0;
    std::size_t at = 0;
    std::optional<std::size_t> run;  // the token after the last `*`
    std::size_t run_end = 0;         // how far that `*` reaches
    while (at < host.size()) {
        if (token < tokens.size() && tokens[token].run) {
            run = ++token;
            run_end = at;
        } else if (token < tokens.size() && tokens[token].fits(host[at])) {
            ++token;
            ++at;
        } else if (run) {
            token = *run;
            at = ++run_end;
        } else {
            return false;
        }
    }
    while (token < tokens.size() && tokens[token].run) ++token;
    return token == tokens.size();
}

}  // namespace

HostPatterns::HostPatterns(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
        if (pattern.size() > max_pattern_bytes)
            refuse(pattern.substr(0, 60) + "...",
                   fmt::format("it is longer than {} bytes", max_pattern_bytes));
        for (const std::string& alternative : expand(pattern)) add(pattern, alternative);
    }
}

void HostPatterns::add(std::string_view pattern, std::string_view alternative) {
    if (alternative.ends_with('.')) alternative.remove_suffix(1);
    // `[::1]` is how URLs write the address, and as a set it would fit no host.
    std::string_view bare = alternative;
    if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
    const std::optional<IpAddress> address = IpAddress::parse(bare);
    Alternative made;
    made.tokens = tokens_of(pattern, address ? address->text() : std::string(alternative));
    made.literal = std::ranges::all_of(made.tokens, &Token::is_literal);
    const auto end = std::ranges::find_if(made.tokens, [](const Token& token) {
        return !token.is_literal() || token.fits('.') || token.fits(':');
    });
    made.names_network =
        end != made.tokens.begin() && end != made.tokens.end() && end->is_literal();
    alternatives_.push_back(std::move(made));
}

HostMatch HostPatterns::match(std::string_view host) const {
    const bool is_address = IpAddress::parse(host).has_value();
    HostMatch best = HostMatch::none;
    for (const Alternative& each : alternatives_) {
        if (!fits(each.tokens, host)) continue;
        if (each.literal || (is_address && each.names_network)) return HostMatch::named;
        best = HostMatch::wildcard;
    }
    return best;
}

void check_host_patterns(const std::vector<std::string>& patterns) {
    const HostPatterns checked(patterns);
}

}  // namespace sluice
