#include "http/sse_parser.hpp"

#include "expect_error.hpp"

#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace sluice::http {

void PrintTo(const SseEvent& event, std::ostream* out) {
    *out << "{\"" << event.type << "\", \"" << event.data << "\"}";
}

namespace {

std::vector<SseEvent> parse(const std::vector<std::string_view>& pieces) {
    SseParser parser;
    std::vector<SseEvent> events;
    for (const std::string_view piece : pieces) {
        parser.feed(piece);
        while (auto event = parser.next()) events.push_back(std::move(*event));
    }
    return events;
}

constexpr std::string_view stream =
    "\xEF\xBB\xBF: ping\n\n"
    "data: {\"a\":1}\r\n\r\n"
    "event: error\ndata: one\ndata:two\n\n"
    "id: 7\nretry: 10\n\n"
    "data\r\rdata:  padded\r\n\n\n"
    "event: only\n\n"
    "data: x\r\ndata: \r\ndata: y\r\r\n"
    "data: [DONE]\n\n"
    "data: cut off";

const std::vector<SseEvent> expected = {{"", "{\"a\":1}"}, {"error", "one\ntwo"}, {"", ""},
                                        {"", " padded"},   {"", "x\n\ny"},        {"", "[DONE]"}};

TEST(SseParser, ReadsTheSameEventsWhereverTheBytesAreCut) {
    for (std::size_t first = 0; first <= stream.size(); ++first)
        for (std::size_t second = first; second <= stream.size(); ++second)
            ASSERT_EQ(parse({stream.substr(0, first), stream.substr(first, second - first),
                             stream.substr(second)}),
                      expected)
                << "cut at " << first << " and " << second;
}

TEST(SseParser, ReadsTheSameEventsByteByByte) {
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < stream.size(); ++at) bytes.push_back(stream.substr(at, 1));
    EXPECT_EQ(parse(bytes), expected);
}

TEST(SseParser, HandsAnEventOutAsSoonAsItsEmptyLineIsThere) {
    SseParser parser;
    parser.feed("data: a\n");
    EXPECT_EQ(parser.next(), std::nullopt);
    parser.feed("\n");
    EXPECT_EQ(parser.next(), (SseEvent{"", "a"}));
    parser.feed("data: b\r\n\r");
    EXPECT_EQ(parser.next(), (SseEvent{"", "b"}))
        << "the line feed that may follow changes nothing";
    parser.feed("\ndata: c\n\n");
    EXPECT_EQ(parser.next(), (SseEvent{"", "c"}));
}

TEST(SseParser, RefusesAnEventAboveItsLimitWholeOrUnfinished) {
    SseParser unfinished(16);
    unfinished.feed("data: 01234567890");
    EXPECT_ERROR_SAYING(unfinished.next(), ErrorCode::invalid_input,
                        "an event of the stream is larger than 16 bytes");
    SseParser whole(16);
    whole.feed("data: 012345678\n\n");
    EXPECT_ERROR(whole.next(), ErrorCode::invalid_input);
    SseParser exact(16);
    exact.feed("data: 01234567\n\n");
    EXPECT_EQ(exact.next(), (SseEvent{"", "01234567"}));
    // The line feed behind a CR belongs to whichever event it comes with.
    for (const std::size_t piece : {1U, 18U}) {
        const std::string_view text = "data: 0123456\r\r\n";
        SseParser pair(15);
        for (std::size_t at = 0; at < text.size(); at += piece) pair.feed(text.substr(at, piece));
        EXPECT_EQ(pair.next(), (SseEvent{"", "0123456"})) << "in pieces of " << piece;
    }
}

TEST(SseParser, ReadsALongStreamInAnyPieces) {
    std::mt19937 random(3);
    std::string text;
    std::vector<SseEvent> events;
    for (int event = 0; event < 3000; ++event) {
        events.push_back({"", std::string(random() % 80, static_cast<char>('a' + event % 26))});
        text += "data: " + events.back().data + (event % 2 ? "\n\n" : "\r\n\r\n");
    }
    std::vector<std::string_view> pieces;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t here = std::min<std::size_t>(rest.size(), 1 + random() % 3000);
        pieces.push_back(rest.substr(0, here));
        rest.remove_prefix(here);
    }
    EXPECT_EQ(parse(pieces), events);
}

TEST(WholeEvent, CutsRawEventsWithoutLosingAByte) {
    std::string_view rest = "data: a\n\n: ping\r\n\r\n\ndata: b";
    std::vector<std::string_view> raw;
    while (const std::size_t size = whole_event(rest)) {
        raw.push_back(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    EXPECT_THAT(raw, testing::ElementsAre("data: a\n\n", ": ping\r\n\r\n", "\n"));
    EXPECT_EQ(rest, "data: b");
}

TEST(WholeEvent, RemembersWhatItHasSearched) {
    const std::string_view event = "data: one\r\ndata: two\r\n\r\n";
    std::size_t from = 0;
    for (std::size_t size = 0; size + 1 < event.size(); ++size) {
        // A last CR completes an empty line; its line feed may still be on the way.
        EXPECT_EQ(whole_event(event.substr(0, size), from), 0u) << size;
        EXPECT_LE(from, size);
    }
    EXPECT_EQ(from, 22u);
    EXPECT_EQ(whole_event(event, from), event.size());
}

TEST(ReadEvent, ShowsOneDataLineWithoutCopyingIt) {
    const std::string event = "event: delta\ndata: {\"a\":1}\n\n";
    std::string joined;
    const SseView view = read_event(event, joined);
    EXPECT_TRUE(view.has_data);
    EXPECT_EQ(view.type, "delta");
    EXPECT_EQ(view.data, "{\"a\":1}");
    EXPECT_EQ(view.data.data(), event.data() + 19);
}

TEST(ReadEvent, JoinsSeveralDataLines) {
    std::string joined = "left over";
    EXPECT_EQ(read_event("data: a\ndata\ndata:b\ndata:  c\n\n", joined).data, "a\n\nb\n c");
    EXPECT_EQ(read_event("data:\ndata:\n\n", joined).data, "\n");
}

TEST(ReadEvent, HasNoDataInCommentsAndUnknownFields) {
    std::string joined;
    EXPECT_FALSE(read_event(": comment\n\n", joined).has_data);
    EXPECT_FALSE(read_event("dataset: 1\nDATA: 2\n\n", joined).has_data);
    EXPECT_FALSE(read_event("\n", joined).has_data);
}

}  // namespace
}  // namespace sluice::http
