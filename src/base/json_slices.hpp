#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

class JsonSlice;

/// A JSON text taken apart into slices of its own bytes: every value keeps its spelling.
///
/// Why not simdjson on-demand: two texts are compared here value by value, and what is passed on
/// must be valid to the last byte; on-demand skips what it is not asked for without looking.
/// Lifetime: slices are valid until the next read(), and as long as the text. Reuses its memory.
/// Threads: one.
class JsonDocument {
  public:
    static constexpr std::size_t max_depth = 512;
    static constexpr std::size_t max_values = 4'000'000;  ///< 16 bytes each: bounds our memory

    /// The whole text as one value. Nothing around it has to be readable.
    /// Errors: \throws Error invalid_input "invalid JSON at byte N: ..."; also for bytes that are
    ///     not UTF-8 and for texts past the limits above.
    JsonSlice read(std::string_view text);

  private:
    friend class JsonSlice;
    class Reader;
    struct Node {
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t next;  ///< the node after this one and all that is in it
        std::uint32_t tag;   ///< count << 4 | kind << 1 | whether a string holds escapes
    };
    std::string_view text_{};
    std::vector<Node> nodes_{};
    std::vector<std::uint32_t> open_{};
};

/// One value of a JsonDocument, or nothing. A view, cheap to copy.
class JsonSlice {
  public:
    JsonSlice() = default;

    explicit operator bool() const noexcept { return document_ != nullptr; }
    JsonKind kind() const noexcept { return static_cast<JsonKind>(node().tag >> 1 & 7); }
    bool is(JsonKind kind) const noexcept { return document_ != nullptr && this->kind() == kind; }
    /// Present and not null.
    bool has_value() const noexcept { return document_ != nullptr && kind() != JsonKind::null; }

    /// The bytes as they stand in the text, quotes included; empty when absent.
    std::string_view text() const noexcept {
        if (document_ == nullptr) return {};
        return document_->text_.substr(node().begin, node().end - node().begin);
    }
    /// How many members or elements.
    std::size_t size() const noexcept { return document_ == nullptr ? 0 : node().tag >> 4; }
    bool truth() const noexcept { return text() == "true"; }

    /// What a string says, unescaped; empty for anything else. Lone surrogates become U+FFFD.
    std::string string() const;
    /// The same without a copy when it has no escapes.
    std::optional<std::string_view> plain_string() const noexcept {
        if (!is(JsonKind::string) || (node().tag & 1) != 0) return std::nullopt;
        const std::string_view quoted = text();
        return quoted.substr(1, quoted.size() - 2);
    }
    /// Whether this is a string that says `text`.
    bool says(std::string_view text) const;
    std::optional<std::int64_t> whole() const noexcept;

    /// An object's member; absent when there is none. Looks through the members one by one.
    JsonSlice find(std::string_view key) const;

    struct Member;
    class MemberIterator;
    class ElementIterator;
    template <class Iterator>
    struct Range {
        Iterator first;
        Iterator last;
        Iterator begin() const { return first; }
        Iterator end() const { return last; }
    };
    /// Empty when this is no object.
    Range<MemberIterator> members() const;
    /// Empty when this is no array.
    Range<ElementIterator> elements() const;

  private:
    friend class JsonDocument;
    JsonSlice(const JsonDocument* document, std::uint32_t node) noexcept
        : document_(document), node_(node) {}
    const JsonDocument::Node& node() const noexcept { return document_->nodes_[node_]; }

    const JsonDocument* document_ = nullptr;
    std::uint32_t node_ = 0;
};

struct JsonSlice::Member {
    JsonSlice key;
    JsonSlice value;
};

class JsonSlice::MemberIterator {
  public:
    MemberIterator(const JsonDocument* document, std::uint32_t node)
        : document_(document), node_(node) {}
    Member operator*() const { return {{document_, node_}, {document_, node_ + 1}}; }
    MemberIterator& operator++() {
        node_ = document_->nodes_[node_ + 1].next;
        return *this;
    }
    bool operator==(const MemberIterator&) const = default;

  private:
    const JsonDocument* document_;
    std::uint32_t node_;
};

class JsonSlice::ElementIterator {
  public:
    ElementIterator(const JsonDocument* document, std::uint32_t node)
        : document_(document), node_(node) {}
    JsonSlice operator*() const { return {document_, node_}; }
    ElementIterator& operator++() {
        node_ = document_->nodes_[node_].next;
        return *this;
    }
    bool operator==(const ElementIterator&) const = default;

  private:
    const JsonDocument* document_;
    std::uint32_t node_;
};

/// Whether two strings (or two keys) say the same, however they are escaped.
bool same_string(JsonSlice a, JsonSlice b);

}  // namespace sluice
