#include "http/request_checks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace sluice::http {
namespace {

using Refusal = std::optional<std::string_view>;

/// Whether `text` has a control character other than a tab, eight bytes at a time.
bool has_control_character(std::string_view text) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    };
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        const std::uint64_t delete_zeroed = word ^ (ones * 0x7f);
        const std::uint64_t below_blank = (word - ones * 0x20) & ~word;
        const std::uint64_t is_delete = (delete_zeroed - ones) & ~delete_zeroed;
        // A carry can mark a byte beside a true one, never without one: look closer.
        if (((below_blank | is_delete) & highs) != 0 &&
            std::any_of(text.begin() + at, text.begin() + at + 8, is_control))
            return true;
    }
    return std::any_of(text.begin() + at, text.end(), is_control);
}

bool is_length(std::string_view value) noexcept {
    std::uint64_t bytes = 0;
    const char* const end = value.data() + value.size();
    // from_chars of an unsigned type takes no sign and no blanks.
    const auto [stop, fault] = std::from_chars(value.data(), end, bytes);
    return !value.empty() && stop == end && fault == std::errc();
}

bool is_authority(std::string_view host) noexcept {
    return host.find_first_of(" \t,/?#@\\\"<>{}|^`") == std::string_view::npos;
}

/// What both heads must obey.
Refusal refuse_fields(const Head& head) noexcept {
    std::size_t lengths = 0;
    std::size_t encodings = 0;
    for (const Field& field : head.fields()) {
        if (has_control_character(field.value)) return "a field's value has a control character";
        if (field.id == FieldId::content_length) {
            if (++lengths > 1) return "more than one Content-Length";
            if (field.value.find(',') != std::string_view::npos)
                return "Content-Length is a list; one number is allowed";
            if (!is_length(field.value)) return "Content-Length is not a number of bytes";
        } else if (field.id == FieldId::transfer_encoding) {
            if (++encodings > 1) return "more than one Transfer-Encoding";
            if (!equal_ignoring_case(field.value, "chunked"))
                return "Transfer-Encoding other than chunked";
        }
    }
    if (encodings > 0 && lengths > 0) return "Transfer-Encoding together with Content-Length";
    if (encodings > 0 && head.version() < 11) return "Transfer-Encoding in HTTP/1.0";
    return std::nullopt;
}

Refusal refuse_host(const RequestHead& head) noexcept {
    const std::size_t hosts = head.count(FieldId::host);
    if (hosts > 1) return "more than one Host";
    if (hosts == 0 && head.version() >= 11) return "no Host";
    const std::string_view host = head.find(FieldId::host).value_or("");
    if (!is_authority(host)) return "Host is not a host and port";
    if (head.target().empty() || head.target().front() == '/') return std::nullopt;
    const std::string_view authority = head.target_authority();
    if (!is_authority(authority)) return "the target's authority is not a host and port";
    if (!authority.empty() && hosts == 1 && !equal_ignoring_case(authority, host))
        return "the target names another host than Host";
    return std::nullopt;
}

}  // namespace

Refusal refuse_ambiguous(const RequestHead& head) noexcept {
    if (const Refusal refusal = refuse_fields(head)) return refusal;
    return refuse_host(head);
}

Refusal refuse_ambiguous(const ResponseHead& head) noexcept {
    return refuse_fields(head);
}

}  // namespace sluice::http
