#include "gateway/log_query.hpp"

#include "http/query.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

namespace sluice::gateway {

namespace {

/// SQLite bounds the values of one query.
constexpr std::size_t most_values = 100;

std::vector<std::string> split_list(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (comma != 0) items.emplace_back(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return items;
}

std::optional<std::size_t> whole_number(std::string_view text) {
    std::size_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A piece of a time: `digits` digits, or nothing.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || stopped != text.data() + digits || value < 0) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take_char(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::int64_t take_fraction_us(std::string_view& text) {
    std::int64_t microseconds = 0;
    for (std::int64_t unit = 100'000; !text.empty() && text.front() >= '0' && text.front() <= '9';
         unit /= 10) {
        microseconds += unit * (text.front() - '0');
        text.remove_prefix(1);
    }
    return microseconds;
}

/// The offset from UTC in minutes: `Z`, `+02:00`, `-0530`.
std::optional<int> take_offset(std::string_view& text) {
    if (take_char(text, "Zz")) return 0;
    const bool west = !text.empty() && text.front() == '-';
    // A `+` in a query that was not escaped arrives as a blank.
    if (!take_char(text, "+- ")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    take_char(text, ":");
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return (west ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
    const auto year = take_digits(text, 4);
    const bool first = take_char(text, "-");
    const auto month = take_digits(text, 2);
    const bool second = take_char(text, "-");
    const auto day = take_digits(text, 2);
    const bool joint = take_char(text, "Tt ");
    const auto hour = take_digits(text, 2);
    const bool third = take_char(text, ":");
    const auto minute = take_digits(text, 2);
    const bool fourth = take_char(text, ":");
    const auto secs = take_digits(text, 2);
    if (!year || !month || !day || !hour || !minute || !secs) return std::nullopt;
    if (!first || !second || !joint || !third || !fourth) return std::nullopt;
    const std::int64_t fraction = take_char(text, ".") ? take_fraction_us(text) : 0;
    const auto offset = take_offset(text);
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *secs > 60)
        return std::nullopt;
    const auto time = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                      std::chrono::minutes(*minute - *offset) + std::chrono::seconds(*secs);
    return std::chrono::microseconds(time).count() + fraction;
}

namespace {

std::vector<std::string>* list_of(store::LogQuery& query, const std::string& name) {
    if (name == "providers") return &query.providers;
    if (name == "models") return &query.models;
    if (name == "status") return &query.status;
    return nullptr;
}

/// Reads one parameter into `query`; the complaint when its value is wrong.
std::optional<std::string> apply(store::LogQuery& query, const std::string& name,
                                 const std::string& value) {
    if (auto* list = list_of(query, name)) {
        *list = split_list(value);
        if (list->size() > most_values) return fmt::format("takes at most {} values", most_values);
    } else if (name == "content_search") {
        query.content_search = value;
    } else if (name == "start_time" || name == "end_time") {
        const auto time = from_rfc3339(value);
        if (!time) return "must be a time like 2026-01-31T12:00:00Z";
        (name == "start_time" ? query.start_time_us : query.end_time_us) = time;
    } else if (name == "limit") {
        const auto limit = whole_number(value);
        if (!limit || *limit < 1 || *limit > 1000) return "must be a whole number from 1 to 1000";
        query.limit = *limit;
    } else if (name == "offset") {
        const auto offset = whole_number(value);
        if (!offset || *offset > 1'000'000'000) return "must be a whole number from 0";
        query.offset = *offset;
    } else if (name == "sort_by") {
        if (value != "timestamp" && value != "latency" && value != "tokens")
            return "must be timestamp, latency or tokens";
        query.sort_by = value;
    } else if (name == "order") {
        if (value != "asc" && value != "desc") return "must be asc or desc";
        query.ascending = value == "asc";
    } else {
        return "is not a filter; there are providers, models, status, start_time, end_time, "
               "content_search, limit, offset, sort_by, order";
    }
    return std::nullopt;
}

}  // namespace

std::variant<store::LogQuery, BadParameter> read_log_query(std::string_view query) {
    store::LogQuery read;
    for (const auto& [name, value] : http::parse_query(query))
        if (auto complaint = apply(read, name, value))
            return BadParameter{.parameter = name,
                                .message = fmt::format("query parameter {} {}, not \"{}\"", name,
                                                       *complaint, value)};
    return read;
}

std::string to_rfc3339(std::int64_t timestamp_us) {
    const std::chrono::sys_time<std::chrono::microseconds> time{
        std::chrono::microseconds(timestamp_us)};
    const auto midnight = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(time - midnight);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace sluice::gateway
