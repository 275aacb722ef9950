#include "http/head.hpp"

#include <algorithm>

namespace sluice::http {
namespace {

constexpr std::size_t kept_head_bytes = 16 << 10;

bool can_begin_a_head(char first) noexcept {
    return first > ' ' && first < 0x7f;
}

bool lists_token(const Head& head, std::string_view token) noexcept {
    bool found = false;
    for (const Field& field : head.fields()) {
        if (field.id != FieldId::connection) continue;
        for_each_token(field.value,
                       [&](std::string_view each) { found |= equal_ignoring_case(each, token); });
    }
    return found;
}

}  // namespace

std::optional<std::string_view> Head::find(FieldId id) const noexcept {
    for (const Field& field : fields_)
        if (field.id == id) return field.value;
    return std::nullopt;
}

std::optional<std::string_view> Head::find(std::string_view name) const noexcept {
    for (const Field& field : fields_)
        if (equal_ignoring_case(field.name, name)) return field.value;
    return std::nullopt;
}

std::size_t Head::count(FieldId id) const noexcept {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(), fields_.end(), [id](const Field& field) { return field.id == id; }));
}

bool Head::keep_alive() const noexcept {
    if (lists_token(*this, "close")) return false;
    return version_ >= 11 || lists_token(*this, "keep-alive");
}

bool Head::is_named_in_connection(std::string_view field_name) const noexcept {
    return lists_token(*this, field_name);
}

HeadStatus Head::refuse(HeadStatus status, std::string problem) {
    problem_ = std::move(problem);
    in_progress_ = false;
    return status;
}

HeadStatus Head::take_lines(ReadBuffer& buffer, std::size_t limit) {
    if (!in_progress_) {
        if (raw_.capacity() > kept_head_bytes) raw_ = std::string();
        raw_.clear();
        fields_.clear();
        problem_.clear();
        error_.clear();
        scanned_ = line_begin_ = 0;
        in_progress_ = true;
    }
    const std::string_view bytes = buffer.view();
    if (bytes.empty()) return HeadStatus::need_more;
    // Else a TLS hello or a binary protocol would wait for a line end that never comes.
    if (!can_begin_a_head(bytes[0]))
        return refuse(HeadStatus::malformed,
                      bytes[0] == '\x16' ? "TLS was spoken to a plain port" : "this is not HTTP");
    for (;;) {
        const std::size_t line_feed = bytes.find('\n', scanned_);
        if (line_feed == std::string_view::npos) break;
        if (line_feed >= limit) break;
        if (line_feed == 0 || bytes[line_feed - 1] != '\r')
            return refuse(HeadStatus::malformed, "a line of the head ends in a bare line feed");
        if (line_begin_ > 0 && (bytes[line_begin_] == ' ' || bytes[line_begin_] == '\t'))
            return refuse(HeadStatus::malformed, "a field is folded over several lines");
        const bool is_empty_line = line_feed - 1 == line_begin_;
        line_begin_ = scanned_ = line_feed + 1;
        if (is_empty_line) {
            raw_.assign(bytes.substr(0, scanned_));
            buffer.consume(scanned_);
            in_progress_ = false;
            return HeadStatus::complete;
        }
    }
    if (bytes.size() >= limit)
        return refuse(HeadStatus::too_large,
                      "the head is larger than " + std::to_string(limit) + " bytes");
    scanned_ = bytes.size();
    return HeadStatus::need_more;
}

std::string_view RequestHead::target_authority() const noexcept {
    if (target_.empty() || target_.front() == '/') return {};
    const std::size_t scheme = target_.find("://");
    if (scheme == std::string_view::npos) return {};
    const std::string_view rest = target_.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/?#"));
}

std::string_view RequestHead::path() const noexcept {
    std::string_view path = target_;
    const bool is_absolute = !target_.empty() && target_.front() != '/';
    if (is_absolute && target_.find("://") != std::string_view::npos) {
        const std::string_view authority = target_authority();
        path = target_.substr(static_cast<std::size_t>(authority.data() - target_.data()) +
                              authority.size());
        if (path.empty() || path.front() != '/') return "/";
    }
    return path.substr(0, path.find_first_of("?#"));
}

std::string_view RequestHead::query() const noexcept {
    const std::size_t mark = target_.find('?');
    if (mark == std::string_view::npos) return {};
    const std::string_view query = target_.substr(mark + 1);
    return query.substr(0, query.find('#'));
}

bool RequestHead::expects_continue() const noexcept {
    if (version() < 11) return false;
    const auto expect = find(FieldId::expect);
    return expect && equal_ignoring_case(*expect, "100-continue");
}

}  // namespace sluice::http
