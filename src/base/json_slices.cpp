#include "base/json_slices.hpp"

#include "base/json_scan.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <limits>

namespace sluice {

/// One pass over a text. Keeps its own stack, so that depth costs no machine stack.
class JsonDocument::Reader {
  public:
    explicit Reader(JsonDocument& document)
        : document_(document),
          begin_(document.text_.data()),
          at_(begin_),
          end_(begin_ + document.text_.size()) {}

    void read() {
        for (;;) {
            skip_space();
            switch (state_) {
                case State::first_key:
                    if (at_ != end_ && *at_ == '}') {
                        close();
                        break;
                    }
                    [[fallthrough]];
                case State::key:
                    key();
                    break;
                case State::first_element:
                    if (at_ != end_ && *at_ == ']') {
                        close();
                        break;
                    }
                    [[fallthrough]];
                case State::value:
                    value();
                    break;
                case State::after:
                    if (document_.open_.empty()) return whole_text();
                    after();
            }
        }
    }

  private:
    enum class State { value, first_key, key, first_element, after };

    [[noreturn]] void fail(std::string_view why) const {
        throw Error(ErrorCode::invalid_input,
                    fmt::format("invalid JSON at byte {}: {}", at_ - begin_, why));
    }

    std::uint32_t offset() const { return static_cast<std::uint32_t>(at_ - begin_); }

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }

    void whole_text() {
        if (at_ != end_) fail("something follows the value");
    }

    void add(std::uint32_t begin, JsonKind kind, bool escaped = false) {
        if (document_.nodes_.size() >= max_values) fail("too many values");
        const auto here = static_cast<std::uint32_t>(document_.nodes_.size());
        document_.nodes_.push_back({begin, offset(), here + 1,
                                    static_cast<std::uint32_t>(kind) << 1 | (escaped ? 1U : 0U)});
    }

    void open(JsonKind kind) {
        if (document_.open_.size() >= max_depth) fail("nested too deeply");
        document_.open_.push_back(static_cast<std::uint32_t>(document_.nodes_.size()));
        add(offset(), kind);
        ++at_;
    }

    void close() {
        ++at_;
        Node& node = document_.nodes_[document_.open_.back()];
        document_.open_.pop_back();
        node.end = offset();
        node.next = static_cast<std::uint32_t>(document_.nodes_.size());
        state_ = State::after;
    }

    bool in_object() const {
        const Node& top = document_.nodes_[document_.open_.back()];
        return static_cast<JsonKind>(top.tag >> 1 & 7) == JsonKind::object;
    }

    void count() {
        if (!document_.open_.empty()) document_.nodes_[document_.open_.back()].tag += 1U << 4;
    }

    void after() {
        if (at_ == end_) fail("the text ends too early");
        const bool object = in_object();
        if (*at_ == ',') {
            ++at_;
            state_ = object ? State::key : State::value;
        } else if (*at_ == (object ? '}' : ']')) {
            close();
        } else {
            fail(object ? "expected , or }" : "expected , or ]");
        }
    }

    void key() {
        if (at_ == end_ || *at_ != '"') fail("expected a key");
        string();
        skip_space();
        if (at_ == end_ || *at_ != ':') fail("expected :");
        ++at_;
        state_ = State::value;
    }

    void string() {
        const std::uint32_t begin = offset();
        const JsonString found = scan_json_string(at_, end_);
        at_ = found.end;
        if (!found.sound) fail("a string that is not closed or not allowed");
        add(begin, JsonKind::string, found.escaped);
    }

    void value() {
        if (at_ == end_) fail("the text ends too early");
        count();
        state_ = State::after;
        switch (*at_) {
            case '{':
                open(JsonKind::object);
                state_ = State::first_key;
                return;
            case '[':
                open(JsonKind::array);
                state_ = State::first_element;
                return;
            case '"':
                return string();
            case 't':
                return word("true", JsonKind::boolean);
            case 'f':
                return word("false", JsonKind::boolean);
            case 'n':
                return word("null", JsonKind::null);
            default:
                return number();
        }
    }

    void word(std::string_view expected, JsonKind kind) {
        const std::uint32_t begin = offset();
        if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(expected))
            fail("not a value");
        at_ += expected.size();
        add(begin, kind);
    }

    void number() {
        const std::uint32_t begin = offset();
        const char* end = scan_json_number(at_, end_);
        if (end == nullptr) fail("not a value");
        at_ = end;
        add(begin, JsonKind::number);
    }

    JsonDocument& document_;
    const char* begin_;
    const char* at_;
    const char* end_;
    State state_ = State::value;
};

JsonSlice JsonDocument::read(std::string_view text) {
    constexpr std::size_t kept_values = 1 << 16;  // a rare huge text does not stay in memory
    if (nodes_.capacity() > kept_values) std::vector<Node>().swap(nodes_);
    nodes_.clear();
    open_.clear();
    text_ = text;
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorCode::invalid_input, "invalid JSON: longer than 4 GiB");
    if (!simdjson::validate_utf8(text))
        throw Error(ErrorCode::invalid_input, "invalid JSON: it is not UTF-8");
    Reader(*this).read();
    return {this, 0};
}

std::string JsonSlice::string() const {
    if (const auto plain = plain_string()) return std::string(*plain);
    std::string out;
    if (is(JsonKind::string)) append_unescaped(out, text().substr(1, text().size() - 2));
    return out;
}

bool JsonSlice::says(std::string_view text) const {
    if (const auto plain = plain_string()) return *plain == text;
    return is(JsonKind::string) && string() == text;
}

std::optional<std::int64_t> JsonSlice::whole() const noexcept {
    if (!is(JsonKind::number)) return std::nullopt;
    const std::string_view digits = text();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return value;
    double real = 0;  // guests written in languages with one number type spell 3 as 3.0 or 3e0
    std::from_chars(digits.data(), digits.data() + digits.size(), real);
    if (!(real > -1e15 && real < 1e15)) return std::nullopt;
    value = static_cast<std::int64_t>(real);
    if (static_cast<double>(value) != real) return std::nullopt;
    return value;
}

JsonSlice JsonSlice::find(std::string_view key) const {
    for (const auto [name, value] : members())
        if (name.says(key)) return value;
    return {};
}

JsonSlice::Range<JsonSlice::MemberIterator> JsonSlice::members() const {
    if (!is(JsonKind::object)) return {{nullptr, 0}, {nullptr, 0}};
    return {{document_, node_ + 1}, {document_, node().next}};
}

JsonSlice::Range<JsonSlice::ElementIterator> JsonSlice::elements() const {
    if (!is(JsonKind::array)) return {{nullptr, 0}, {nullptr, 0}};
    return {{document_, node_ + 1}, {document_, node().next}};
}

bool same_string(JsonSlice a, JsonSlice b) {
    const auto plain = a.plain_string();
    if (plain) return b.says(*plain);
    return b.is(JsonKind::string) && a.is(JsonKind::string) && b.says(a.string());
}

}  // namespace sluice
