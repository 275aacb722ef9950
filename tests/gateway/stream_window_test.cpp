#include "gateway/stream_window.hpp"

#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class Window : public testing::Test {
  protected:
    /// A chunk in which a choice says a text.
    void chunk(StreamWindow& window, std::string_view text, int index = 0) {
        text_ = R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{"content":)" +
                json_text(text) + "}}]}";
        window.next(document_.read(text_));
    }

    JsonDocument document_;
    std::string text_;
};

TEST_F(Window, TellsWhatWasSaidBeforeTheChunk) {
    StreamWindow window(100);
    chunk(window, "Hel");
    EXPECT_EQ(window.json(100), "[]");
    chunk(window, "lo \"you\"");
    EXPECT_EQ(window.json(100), R"([{"index":0,"text":"Hel"}])");
    window.next({});
    EXPECT_EQ(window.json(100), R"([{"index":0,"text":"Hello \"you\""}])");
    window.next({});
    EXPECT_EQ(window.json(100), R"([{"index":0,"text":"Hello \"you\""}])");
}

TEST_F(Window, KeepsTheChoicesApart) {
    StreamWindow window(100);
    chunk(window, "a", 1);
    chunk(window, "b", 0);
    chunk(window, "c", 1);
    window.next({});
    EXPECT_EQ(window.json(100), R"([{"index":1,"text":"ac"},{"index":0,"text":"b"}])");
}

TEST_F(Window, CountsCharactersAndCutsNone) {
    StreamWindow window(4);
    chunk(window, "aä€😀b");
    window.next({});
    EXPECT_EQ(window.json(1), R"([{"index":0,"text":"b"}])");
    EXPECT_EQ(window.json(2), R"([{"index":0,"text":"😀b"}])");
    EXPECT_EQ(window.json(4), R"([{"index":0,"text":"ä€😀b"}])");
}

TEST_F(Window, ShowsTheSameAfterItHasForgottenWhatIsLongAgo) {
    StreamWindow window(3);
    for (int i = 0; i < 1'000; ++i) {
        chunk(window, "€ä");
        chunk(window, "x");
    }
    window.next({});
    EXPECT_EQ(window.json(3), R"([{"index":0,"text":"€äx"}])");
}

TEST_F(Window, FollowsTheFirstChoicesOnly) {
    StreamWindow window(10);
    for (int i = 0; i < 100; ++i) chunk(window, "a", i);
    window.next({});
    const std::string json = window.json(10);
    EXPECT_NE(json.find(R"("index":31,)"), std::string::npos);
    EXPECT_EQ(json.find(R"("index":32,)"), std::string::npos);
}

TEST_F(Window, HasNothingOfChunksWithoutText) {
    StreamWindow window(10);
    for (const char* text : {"{}", R"({"choices":[]})", R"({"choices":[{"index":0,"delta":{}}]})",
                             R"({"choices":[{"delta":{"content":["a"]}}]})", R"({"choices":7})"})
        window.next(document_.read(text));
    window.next({});
    EXPECT_EQ(window.json(10), "[]");
}

}  // namespace
}  // namespace sluice::gateway
