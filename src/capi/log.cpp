#include "capi/log.hpp"

#include "base/json_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

namespace sluice::capi {
namespace {

/// "2026-11-21T02:33:16.792166Z".
std::string time_text(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), rest.count());
}

/// Source: Extism runtime, tracing's default format without colours.
std::string line_of(LogLevel level, std::string_view message, std::string_view plugin) {
    std::string name(to_string(level));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string line = fmt::format("{} {:>5} extism::pdk: {}",
                                   time_text(std::chrono::system_clock::now()), name, message);
    if (!plugin.empty()) line += fmt::format(" plugin=\"{}\"", plugin);
    return line += '\n';
}

/// C sees texts that end at the first NUL, and most languages insist on UTF-8.
std::string as_c_text(std::string_view message) {
    std::string text(message);
    std::ranges::replace(text, '\0', ' ');
    if (!is_utf8(text))
        std::ranges::replace_if(
            text, [](char c) { return static_cast<unsigned char>(c) > 127; }, '?');
    return text;
}

}  // namespace

void Log::Close::operator()(std::FILE* file) const noexcept {
    if (file != stdout && file != stderr) std::fclose(file);
}

bool Log::write_to(const std::string& file, LogLevel lowest) {
    const std::lock_guard lock(mutex_);
    if (file_ || keeps_) return false;
    if (file == "-" || file == "stderr")
        file_.reset(stderr);
    else if (file == "stdout")
        file_.reset(stdout);
    else
        file_.reset(std::fopen(file.c_str(), "ae"));
    if (!file_) return false;
    level_ = lowest;
    return true;
}

bool Log::keep(LogLevel lowest) {
    const std::lock_guard lock(mutex_);
    if (file_ || keeps_) return false;
    keeps_ = true;
    level_ = lowest;
    return true;
}

void Log::write(LogLevel level, std::string_view message, std::string_view plugin) {
    if (level < this->level()) return;
    std::string line = line_of(level, as_c_text(message), plugin);
    const std::lock_guard lock(mutex_);
    if (file_) {
        std::fwrite(line.data(), 1, line.size(), file_.get());
        std::fflush(file_.get());
    } else if (line.size() <= max_kept_bytes - kept_bytes_) {
        kept_bytes_ += line.size();
        kept_.push_back(std::move(line));
    } else {
        ++dropped_;
    }
}

void Log::drain(const std::function<void(const std::string& line)>& handler) {
    std::deque<std::string> lines;
    std::uint64_t dropped = 0;
    {
        const std::lock_guard lock(mutex_);
        lines.swap(kept_);
        kept_bytes_ = 0;
        dropped = std::exchange(dropped_, 0);
    }
    for (const std::string& line : lines) handler(line);
    if (dropped != 0)
        handler(line_of(LogLevel::warn,
                        fmt::format("{} lines were not kept: drain the log more often", dropped),
                        {}));
}

Log& process_log() {
    static Log log;
    return log;
}

}  // namespace sluice::capi

using sluice::LogLevel;
using namespace sluice::capi;

namespace {

LogLevel level_of(const char* filter) {
    return filter == nullptr ? LogLevel::error : read_log_filter(filter);
}

}  // namespace

bool extism_log_file(const char* filename, const char* log_level) {
    return at_border(false, [&] {
        return process_log().write_to(filename == nullptr ? "-" : filename, level_of(log_level));
    });
}

bool extism_log_custom(const char* log_level) {
    return at_border(false, [&] { return process_log().keep(level_of(log_level)); });
}

void extism_log_drain(ExtismLogDrainFunctionType handler) {
    at_border([&] {
        if (handler == nullptr) return;
        process_log().drain(
            [handler](const std::string& line) { handler(line.c_str(), line.size()); });
    });
}
