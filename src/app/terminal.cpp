#include "app/terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::app {

Paint Paint::of_standard_output() {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool refused = no_color != nullptr && *no_color != '\0';
    const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
    return Paint(::isatty(STDOUT_FILENO) == 1 && !refused && !dumb);
}

std::string Paint::wrap(std::string_view code, std::string_view text) const {
    if (!colour_) return std::string(text);
    return fmt::format("\033[{}m{}\033[0m", code, text);
}
std::string Paint::heading(std::string_view text) const {
    return wrap("1", text);
}
std::string Paint::name(std::string_view text) const {
    return wrap("36", text);
}
std::string Paint::quiet(std::string_view text) const {
    return wrap("2", text);
}
std::string Paint::warning(std::string_view text) const {
    return wrap("33", text);
}

void Table::add(std::vector<std::string> row) {
    while (!row.empty() && row.back().empty()) row.pop_back();  // or lines would end in spaces
    rows_.push_back(std::move(row));
}

namespace {

/// What a terminal takes for it, as long as every character is one column wide.
std::size_t columns(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(
        utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string Table::text(const Paint& paint, std::size_t painted) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += "  " + (i == painted ? paint.name(row[i]) : row[i]);
            if (i + 1 < row.size()) text.append(widths[i] - columns(row[i]), ' ');
        }
        text += '\n';
    }
    return text;
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} bytes", bytes);
    const auto kib = static_cast<double>(bytes) / 1024;
    if (kib < 1024) return fmt::format("{:.1f} KiB", kib);
    return fmt::format("{:.1f} MiB", kib / 1024);
}

std::string pages_text(std::uint64_t pages) {
    return fmt::format("{} page{} ({})", pages, pages == 1 ? "" : "s", bytes_text(pages << 16));
}

}  // namespace sluice::app
