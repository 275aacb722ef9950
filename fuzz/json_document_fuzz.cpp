#include "base/json_slices.hpp"

#include <sluice/error.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace {

using sluice::JsonDocument;
using sluice::JsonKind;
using sluice::JsonSlice;
namespace dom = simdjson::dom;

/// The unit of the `\uXXXX` that `text` begins with.
std::optional<unsigned> escaped_unit(std::string_view text) {
    unsigned unit = 0;
    if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
    std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
    return unit;
}

/// We read lone surrogates as U+FFFD; simdjson's versions refuse them or write them as they are.
bool has_lone_surrogate(std::string_view text) {
    const auto is_half = [&](std::size_t at, unsigned first) {
        const auto unit = escaped_unit(text.substr(std::min(at, text.size())));
        return unit && *unit >= first && *unit < first + 0x400;
    };
    for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
        const bool is_pair = is_half(at, 0xD800) && is_half(at + 6, 0xDC00);
        if (!is_pair && (is_half(at, 0xD800) || is_half(at, 0xDC00))) return true;
        at += is_pair ? 12 : 2;
    }
    return false;
}

double real(JsonSlice number, std::errc& failure) {
    double value = 0;
    const std::string_view text = number.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) std::abort();
    failure = error;
    return value;
}

void check_number(JsonSlice ours, dom::element theirs) {
    std::errc failure{};
    const double value = real(ours, failure);
    const auto whole = ours.whole();
    if (theirs.is<std::int64_t>() && whole != theirs.get<std::int64_t>().value()) std::abort();
    if (whole && static_cast<double>(*whole) != value) std::abort();
    if (failure == std::errc() && value != theirs.get<double>().value()) std::abort();
}

void check_string(JsonSlice ours, std::string_view theirs) {
    if (!ours.is(JsonKind::string)) std::abort();
    if (has_lone_surrogate(ours.text())) return;
    if (ours.string() != theirs || !ours.says(theirs)) std::abort();
}

void check_same(JsonSlice ours, dom::element theirs);

void check_members(JsonSlice ours, dom::object theirs) {
    if (!ours.is(JsonKind::object) || ours.size() != theirs.size()) std::abort();
    auto member = ours.members().begin();
    for (const auto field : theirs) {
        check_string((*member).key, field.key);
        check_same((*member).value, field.value);
        ++member;
    }
    if (member != ours.members().end()) std::abort();
}

void check_elements(JsonSlice ours, dom::array theirs) {
    if (!ours.is(JsonKind::array) || ours.size() != theirs.size()) std::abort();
    auto element = ours.elements().begin();
    for (const auto each : theirs) {
        check_same(*element, each);
        ++element;
    }
    if (element != ours.elements().end()) std::abort();
}

void check_same(JsonSlice ours, dom::element theirs) {
    switch (theirs.type()) {
        case dom::element_type::OBJECT:
            return check_members(ours, theirs.get_object());
        case dom::element_type::ARRAY:
            return check_elements(ours, theirs.get_array());
        case dom::element_type::STRING:
            return check_string(ours, theirs.get_string());
        case dom::element_type::BOOL:
            if (!ours.is(JsonKind::boolean) || ours.truth() != theirs.get_bool().value())
                std::abort();
            return;
        case dom::element_type::NULL_VALUE:
            if (!ours.is(JsonKind::null) || ours.text() != "null") std::abort();
            return;
        default:
            if (!ours.is(JsonKind::number)) std::abort();
            check_number(ours, theirs);
    }
}

/// Every value lies inside the one that it belongs to, behind the one before it. Returns whether
/// one is a number that may be too large for simdjson, which keeps numbers and not their spelling.
bool check_places(JsonSlice value) {
    const std::string_view whole = value.text();
    const char* free = whole.data();
    const auto take = [&](JsonSlice part) {
        if (part.text().data() < free) std::abort();
        free = part.text().data() + part.text().size();
        if (free > whole.data() + whole.size()) std::abort();
    };
    bool is_extreme = false;
    for (const auto [key, member] : value.members()) {
        take(key);
        take(member);
        is_extreme |= check_places(member);
    }
    for (const JsonSlice element : value.elements()) {
        take(element);
        is_extreme |= check_places(element);
    }
    if (!value.is(JsonKind::number)) return is_extreme;
    constexpr std::size_t surely_fits = 18;  // digits of a whole number
    std::errc failure{};
    real(value, failure);
    return failure != std::errc() || whole.size() > surely_fits;
}

bool may_be_too_deep(std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }) >
           static_cast<std::ptrdiff_t>(JsonDocument::max_depth);
}

}  // namespace

/// Property: simdjson's DOM accepts and refuses the same texts and reads the same values from them;
/// we differ in lone surrogates, numbers out of range and depth alone. Slices lie in each other in
/// the order of the text.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with("\xEF\xBB\xBF")) return 0;  // newer versions of simdjson skip this mark
    const simdjson::padded_string padded(text);
    dom::parser parser;
    dom::element theirs;
    const bool they_accept = parser.parse(padded).get(theirs) == simdjson::SUCCESS;
    JsonDocument document;
    JsonSlice ours;
    try {
        ours = document.read(text);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        if (they_accept && !may_be_too_deep(text)) std::abort();
        return 0;
    }
    if (ours.text().data() < text.data() ||
        ours.text().data() + ours.text().size() > text.data() + text.size())
        std::abort();
    const bool is_extreme = check_places(ours);
    if (they_accept)
        check_same(ours, theirs);
    else if (!is_extreme && !has_lone_surrogate(text))
        std::abort();
    return 0;
}
