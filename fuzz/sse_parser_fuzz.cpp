#include "http/sse_parser.hpp"

#include "http/sse_writer.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using sluice::http::SseEvent;

struct Result {
    std::vector<SseEvent> events{};
    bool is_refused = false;
    bool operator==(const Result&) const = default;
};

Result parse(std::string_view stream, std::size_t piece) {
    sluice::http::SseParser parser(256);
    Result result;
    try {
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            parser.feed(stream.substr(at, piece));
            while (auto event = parser.next()) result.events.push_back(std::move(*event));
        }
    } catch (const sluice::Error&) {
        result.is_refused = true;
    }
    return result;
}

/// What is written from an event reads as that event. CR and CR LF in data become line feeds.
void check_written(const SseEvent& event) {
    std::string text;
    sluice::http::append_event(text, event.data, event.type);
    sluice::http::SseParser parser;
    parser.feed(text);
    if (parser.next() != event || parser.next().has_value()) std::abort();
}

}  // namespace

/// Property: the way the bytes arrive changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Result byte_by_byte = parse(stream, 1);
    if (byte_by_byte != parse(stream, data[0] + std::size_t{1})) std::abort();
    for (const SseEvent& event : byte_by_byte.events) check_written(event);
    return 0;
}
