#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Whether a host may be asked, and by what right.
enum class HostMatch {
    none,
    wildcard,  ///< a pattern fits that many hosts fit: whoever wrote it did not mean this address
    named,     ///< written out, or an address of which the first number is
};

/// A manifest's allowed_hosts.
///
/// `*` and `**` stand for any characters, dots included, `?` for one, `[a-z]` for one of a set,
/// `[!a-z]` for one that is not in it, `{a,b}` for one of several texts. Case makes no difference.
/// Threads: any. Costs: host times pattern at worst, whatever the pattern.
/// Source: globs of Extism's hosts in Rust and in Go.
class HostPatterns {
  public:
    /// Errors: \throws Error invalid_input, naming the pattern that is none.
    explicit HostPatterns(const std::vector<std::string>& patterns);

    bool empty() const noexcept { return alternatives_.empty(); }
    /// `host` is normalised as HttpUrl::host is.
    HostMatch match(std::string_view host) const;

    /// What one character of a host has to be, or any number of them. Sluice's own.
    struct Token {
        bool run = false;  ///< `*`
        std::bitset<256> characters{};

        bool fits(char c) const { return characters.test(static_cast<unsigned char>(c)); }
        bool is_literal() const { return !run && characters.count() == 1; }
    };

  private:
    /// A pattern, or one of those that its braces stand for.
    struct Alternative {
        std::vector<Token> tokens;
        bool literal = false;        ///< it has no wildcards
        bool names_network = false;  ///< what stands before its first dot or colon has none
    };

    void add(std::string_view pattern, std::string_view alternative);

    std::vector<Alternative> alternatives_;
};

/// Errors: \throws Error invalid_input, naming the pattern that is none.
void check_host_patterns(const std::vector<std::string>& patterns);

}  // namespace sluice
