#include "http/chunked.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using sluice::http::ChunkLimits;
using sluice::http::ChunkScanner;

constexpr ChunkLimits limits{.line_bytes = 64, .trailer_bytes = 128};

struct Result {
    std::string data{};
    std::size_t used = 0;
    bool is_done = false;
    std::string_view problem{};
    bool operator==(const Result&) const = default;
};

template <class Take>
Result in_pieces(std::string_view stream, std::size_t piece, const Take& take) {
    ChunkScanner scanner(limits);
    Result result;
    for (std::size_t at = 0; at < stream.size() && !scanner.failed(); at += piece)
        result.used += take(scanner, stream.substr(at, piece), result.data);
    result.is_done = scanner.done();
    result.problem = scanner.problem();
    return result;
}

std::size_t scan(ChunkScanner& scanner, std::string_view piece, std::string& data) {
    return scanner.scan(piece, [&](std::string_view here) { data += here; });
}

std::size_t decode(ChunkScanner& scanner, std::string_view piece, std::string& data) {
    std::string bytes(piece);
    const auto decoded = scanner.decode(bytes);
    if (decoded.bytes > decoded.used || decoded.used > piece.size()) std::abort();
    data.append(bytes, 0, decoded.bytes);
    return decoded.used;
}

}  // namespace

/// Property: scanning and decoding see the same body and the same end, however the bytes are cut.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t piece = data[0] + std::size_t{1};
    const Result whole = in_pieces(stream, stream.size() + 1, scan);
    if (whole != in_pieces(stream, piece, scan)) std::abort();
    if (whole != in_pieces(stream, piece, decode)) std::abort();
    if (whole != in_pieces(stream, 1, decode)) std::abort();
    return 0;
}
