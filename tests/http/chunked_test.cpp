#include "http/chunked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace sluice::http {
namespace {

struct Outcome {
    std::string data{};
    std::size_t used = 0;
    bool done = false;
    std::string problem{};
    bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
    *out << '"' << outcome.data << "\" used " << outcome.used << " done " << outcome.done << " \""
         << outcome.problem << '"';
}

Outcome scanned(const std::vector<std::string_view>& pieces, ChunkLimits limits = {}) {
    ChunkScanner scanner(limits);
    Outcome outcome;
    for (const std::string_view piece : pieces)
        outcome.used +=
            scanner.scan(piece, [&](std::string_view data) { outcome.data.append(data); });
    outcome.done = scanner.done();
    outcome.problem = scanner.problem();
    EXPECT_EQ(scanner.data_bytes(), outcome.data.size());
    return outcome;
}

Outcome decoded(const std::vector<std::string_view>& pieces) {
    ChunkScanner scanner;
    Outcome outcome;
    for (const std::string_view piece : pieces) {
        std::string bytes(piece);
        const auto part = scanner.decode(bytes);
        outcome.used += part.used;
        outcome.data.append(bytes, 0, part.bytes);
    }
    outcome.done = scanner.done();
    outcome.problem = scanner.problem();
    return outcome;
}

TEST(ChunkScanner, FindsTheSameEndAndDataWhereverTheBytesAreCut) {
    const std::string stream =
        "5\r\nhello\r\n00000A;name=\"va;lue\"\r\n, beautifu\r\n1 ;x\r\n!\r\n0;end\r\n"
        "Checksum: 1\r\nOther:\r\n\r\nGET / HTTP/1.1\r\n";
    const Outcome expected{.data = "hello, beautifu!", .used = stream.size() - 16, .done = true};
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            const std::string_view view = stream;
            const std::vector<std::string_view> pieces = {
                view.substr(0, first), view.substr(first, second - first), view.substr(second)};
            ASSERT_EQ(scanned(pieces), expected) << "cut at " << first << " and " << second;
            ASSERT_EQ(decoded(pieces), expected) << "cut at " << first << " and " << second;
        }
    }
}

TEST(ChunkScanner, RefusesAChunkThatIsLongerThanItsSize) {
    EXPECT_EQ(scanned({"3\r\nabcd\r\n"}).problem, "a chunk is longer than its size");
}

TEST(ChunkScanner, RefusesBadSizes) {
    for (const std::string_view bad : {"\r\n", "x\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "0x1\r\n",
                                       "1 2\r\n", "1g\r\n", ";x\r\n", "1,\r\n", "g\r\n"}) {
        EXPECT_EQ(scanned({bad}).problem, "a chunk's size is not a hexadecimal number") << bad;
    }
    EXPECT_EQ(scanned({"ffffffffffffffff\r\n"}).problem, "a chunk's size is too large");
    EXPECT_EQ(scanned({"10000000000000001\r\n"}).problem, "a chunk's size is too large");
}

TEST(ChunkScanner, RefusesLinesThatDoNotEndInCrLf) {
    EXPECT_FALSE(scanned({"5\nhello\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({"5\rxhello\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({"5;a\nhello\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({"1\r\na\n"}).problem.empty());
    EXPECT_FALSE(scanned({"1\r\na\r\r"}).problem.empty());
    EXPECT_FALSE(scanned({"0\r\n\n"}).problem.empty());
    EXPECT_FALSE(scanned({"0\r\n\rx"}).problem.empty());
    EXPECT_FALSE(scanned({"0\r\nA: b\n\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({"0\r\nA: b\rx\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({"0\r\n A: b\r\n\r\n"}).problem.empty());
    EXPECT_FALSE(scanned({std::string_view("0;a\0\r\n", 6)}).problem.empty());
}

TEST(ChunkScanner, BoundsExtensionsAndTrailers) {
    const ChunkLimits limits{.line_bytes = 10, .trailer_bytes = 10};
    EXPECT_TRUE(scanned({"1;234567\r\na\r\n0\r\n\r\n"}, limits).done);
    EXPECT_EQ(scanned({"1;2345678\r\na\r\n0\r\n\r\n"}, limits).problem,
              "a chunk's size line is too long");
    EXPECT_EQ(scanned({"00000000000\r\n"}, limits).problem, "a chunk's size line is too long");
    EXPECT_TRUE(scanned({"0\r\nA: bcd\r\n\r\n"}, limits).used > 0);
    EXPECT_EQ(scanned({"0\r\nA: bcdefgh\r\n\r\n"}, limits).problem, "the trailer is too long");
}

TEST(ChunkScanner, TakesNothingOnceItIsDoneOrFailed) {
    ChunkScanner done;
    EXPECT_EQ(done.scan("0\r\n\r\nnext"), 5u);
    EXPECT_EQ(done.scan("more"), 0u);
    ChunkScanner failed;
    failed.scan("zzz");
    ASSERT_TRUE(failed.failed());
    EXPECT_EQ(failed.scan("0\r\n\r\n"), 0u);
}

TEST(ChunkScanner, CompletesAChunkWhereverItWasCut) {
    const std::string stream = "5;x\r\nhello\r\nA\r\n, beautifu\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        ChunkScanner scanner;
        std::string data;
        const auto keep = [&](std::string_view piece) { data += piece; };
        scanner.scan(std::string_view(stream).substr(0, cut), keep);
        const std::size_t before = data.size();
        const auto rest = scanner.rest_of_chunk('.', 10);
        const std::string_view here = std::string_view(stream).substr(cut);
        const bool in_data = (cut >= 5 && cut < 12) || (cut >= 15 && cut < 27);
        const bool between = cut == 0 || cut == 12 || cut == 27;
        ASSERT_EQ(rest.has_value(), in_data || between) << "cut before " << here;
        if (!rest) continue;
        scanner.scan(*rest + "1\r\n!\r\n0\r\n\r\n", keep);
        EXPECT_TRUE(scanner.done()) << "cut before " << here << ": " << scanner.problem();
        const std::size_t missing = cut < 12 ? 5 - std::min<std::size_t>(5, before) : 15 - before;
        const std::string fill(between ? 0 : missing, '.');
        EXPECT_EQ(data.substr(before), fill + "!") << "cut before " << here;
    }
    ChunkScanner scanner;
    scanner.scan("400\r\nabc");
    EXPECT_EQ(scanner.rest_of_chunk('.', 1020), std::nullopt);
    EXPECT_TRUE(scanner.rest_of_chunk('.', 1021).has_value());
}

TEST(ChunkScanner, ReadsBackWhatChunkHeadsFrame) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string data;
        std::string stream;
        for (auto chunk = random() % 6; chunk > 0; --chunk) {
            const std::string piece(1 + random() % 5000, static_cast<char>(random()));
            stream.append(ChunkHead(piece.size()).view()).append(piece).append(chunk_end);
            data += piece;
        }
        stream += last_chunk;
        const std::size_t size = stream.size();
        std::vector<std::string_view> pieces;
        for (std::string_view rest = stream; !rest.empty();) {
            const std::size_t here = std::min<std::size_t>(rest.size(), 1 + random() % 700);
            pieces.push_back(rest.substr(0, here));
            rest.remove_prefix(here);
        }
        const Outcome expected{.data = data, .used = size, .done = true};
        ASSERT_TRUE(scanned(pieces) == expected);
        ASSERT_TRUE(decoded(pieces) == expected);
    }
}

TEST(ChunkHead, IsTheSizeInHexadecimal) {
    EXPECT_EQ(ChunkHead(1).view(), "1\r\n");
    EXPECT_EQ(ChunkHead(255).view(), "ff\r\n");
    EXPECT_EQ(ChunkHead(~std::size_t{0}).view(), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace sluice::http
