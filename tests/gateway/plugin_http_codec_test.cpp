#include "gateway/plugin_http_codec.hpp"

#include "expect_error.hpp"

namespace sluice::gateway {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::pair<std::string, std::string>>;

HttpRequestData sample_request() {
    return {.method = "POST",
            .path = "/v1/chat/completions",
            .headers = {{"Host", "gateway"},
                        {"Content-Type", "application/json"},
                        {"Authorization", "Bearer sk-secret"},
                        {"X-Tag", "one"},
                        {"x-tag", "two"}},
            .query = {{"debug", "1"}},
            .body = R"({"a":1})"};
}

class HttpCodecTest : public testing::Test {
  protected:
    RequestChange apply(std::string_view returned) {
        return apply_request(document_.read(returned), shown_request(request_), request_);
    }
    HttpRequestData request_ = sample_request();
    JsonDocument document_;
};

TEST_F(HttpCodecTest, ShowsFlatMapsAndTheBodyInBase64) {
    EXPECT_EQ(
        shown_request(request_).json,
        R"({"method":"POST","path":"/v1/chat/completions","headers":{"Host":"gateway","Content-Type":"application/json","Authorization":"<redacted>","x-tag":"two"},"query":{"debug":"1"},"path_params":{},"body":"eyJhIjoxfQ=="})");
    EXPECT_EQ(shown_request(request_).body(), "eyJhIjoxfQ==");
    EXPECT_EQ(shown_request({}).json,
              R"({"method":"","path":"","headers":{},"query":{},"path_params":{},"body":""})");
    EXPECT_EQ(shown_response({.status = 404, .headers = {{"A", "b"}}, .body = "no"}).json,
              R"({"status_code":404,"headers":{"A":"b"},"body":"bm8="})");
}

TEST_F(HttpCodecTest, ShowsNoBodyAboveItsBound) {
    EXPECT_EQ(shown_request({.body = std::string(20, 'x')}, 19).body(), "");
}

TEST_F(HttpCodecTest, HidesCredentials) {
    for (const auto* name : {"authorization", "X-API-Key", "x-goog-api-key", "api-key", "Cookie",
                             "Proxy-Authorization"})
        EXPECT_THAT(shown_request({.headers = {{name, "secret"}}}).json,
                    HasSubstr("\"<redacted>\""))
            << name;
}

TEST_F(HttpCodecTest, TakesEverythingThatSaysNothingForNoChange) {
    for (
        const std::string& returned :
        {std::string("null"), std::string("{}"), shown_request(request_).json,
         std::string(
             R"({"headers":null,"query":{},"body":null,"method":"","path":"/v1/chat/completions"})"),
         std::string(R"({"headers":{},"query":null,"body":""})"),
         std::string(
             R"({"body":"eyJhIjoxfQ==","query":{"debug":"1"},"headers":{"x-tag":"two","host":"gateway","content-type":"application/json","authorization":"<redacted>"}})")}) {
        EXPECT_EQ(apply(returned), RequestChange::none) << returned;
        EXPECT_EQ(request_.headers, sample_request().headers);
        EXPECT_EQ(request_.body, R"({"a":1})");
    }
}

TEST_F(HttpCodecTest, ReplacesTheFieldsThatAreThere) {
    EXPECT_EQ(apply(R"({"body":"aGk"})"), RequestChange::applied);
    EXPECT_EQ(request_.body, "hi");
    EXPECT_EQ(request_.headers, sample_request().headers);
    EXPECT_EQ(apply(R"({"query":{"debug":"2","new":"3"}})"), RequestChange::applied);
    EXPECT_EQ(request_.query, (Fields{{"debug", "2"}, {"new", "3"}}));
}

TEST_F(HttpCodecTest, DeletesHeadersThatAreMissingAndKeepsTheFraming) {
    EXPECT_EQ(apply(R"({"headers":{"X-New":"v","content-type":"text/plain"}})"),
              RequestChange::applied);
    EXPECT_EQ(request_.headers,
              (Fields{{"Host", "gateway"}, {"Content-Type", "text/plain"}, {"X-New", "v"}}));
}

TEST_F(HttpCodecTest, NeverPutsRedactedInPlaceOfACredential) {
    EXPECT_EQ(
        apply(R"({"headers":{"authorization":"<redacted>","x-api-key":"<redacted>","a":"b"}})"),
        RequestChange::applied);
    EXPECT_EQ(request_.headers,
              (Fields{{"Host", "gateway"}, {"Authorization", "Bearer sk-secret"}, {"a", "b"}}));
    EXPECT_EQ(apply(R"({"headers":{"authorization":"Bearer other"}})"), RequestChange::applied);
    EXPECT_EQ(request_.headers, (Fields{{"Host", "gateway"}, {"Authorization", "Bearer other"}}));
}

TEST_F(HttpCodecTest, LeavesFramingToTheGateway) {
    request_.headers = {{"Content-Length", "7"}};
    EXPECT_EQ(apply(R"({"headers":{"content-length":"900","Transfer-Encoding":"chunked"}})"),
              RequestChange::none);
}

TEST_F(HttpCodecTest, KeepsRepeatedHeadersUnlessTheyAreChanged) {
    request_.headers = {{"X-Tag", "one"}, {"x-tag", "two"}, {"B", "b"}};
    EXPECT_EQ(apply(R"({"headers":{"X-Tag":"two"}})"), RequestChange::applied);
    EXPECT_EQ(request_.headers, (Fields{{"X-Tag", "one"}, {"x-tag", "two"}}));
    EXPECT_EQ(apply(R"({"headers":{"X-TAG":"three"}})"), RequestChange::applied);
    EXPECT_EQ(request_.headers, (Fields{{"X-Tag", "three"}}));
}

TEST_F(HttpCodecTest, KeepsHeadersWhoseBytesAreNoUtf8) {
    request_.headers = {{"X-Name", "caf\xE9"}};
    const std::string shown = shown_request(request_).json;
    EXPECT_EQ(apply("{\"headers\":{\"a\":\"b\",\"X-Name\":\"caf\xEF\xBF\xBD\"}}"),
              RequestChange::applied);
    EXPECT_EQ(request_.headers, (Fields{{"X-Name", "caf\xE9"}, {"a", "b"}}));
}

TEST_F(HttpCodecTest, RefusesHeadersThatWouldSplitTheMessage) {
    for (const auto* returned : {R"({"headers":{"X":"a\r\nEvil: 1"}})",
                                 R"({"headers":{"X\n":"a"}})", R"({"headers":{"":"a"}})",
                                 R"({"headers":{"a b":"c"}})", R"({"headers":{"X":"a\u0000"}})"}) {
        EXPECT_ERROR_SAYING(apply(returned), ErrorCode::guest_error,
                            HasSubstr("which HTTP forbids"));
        EXPECT_EQ(request_.headers, sample_request().headers) << returned;
    }
}

TEST_F(HttpCodecTest, ForbidsAnotherMethodOrPath) {
    EXPECT_EQ(apply(R"({"method":"GET","body":"aGk="})"), RequestChange::forbidden);
    EXPECT_EQ(apply(R"({"path":"/admin"})"), RequestChange::forbidden);
    EXPECT_EQ(request_.body, R"({"a":1})");
}

TEST_F(HttpCodecTest, RefusesWhatIsNoRequest) {
    EXPECT_ERROR(apply("[]"), ErrorCode::guest_error);
    EXPECT_ERROR(apply(R"({"body":"not base64!"})"), ErrorCode::guest_error);
    EXPECT_ERROR(apply(R"({"body":{"a":1}})"), ErrorCode::guest_error);
}

TEST_F(HttpCodecTest, HandlesThousandsOfHeaders) {
    request_.headers.clear();
    for (int i = 0; i < 20'000; ++i) request_.headers.emplace_back("h" + std::to_string(i), "v");
    EXPECT_EQ(apply(shown_request(request_).json), RequestChange::none);
    EXPECT_EQ(apply(R"({"headers":{"h7":"v"}})"), RequestChange::applied);
    EXPECT_EQ(request_.headers.size(), 1U);
}

TEST(HttpResponseCodec, ReadsAShortCircuit) {
    JsonDocument document;
    const HttpResponseData response = read_response(document.read(
        R"({"status_code":403,"headers":{"Content-Type":"application/json","Content-Length":"9"},"body":"eyJlcnJvciI6Im5vIn0="})"));
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.headers, (Fields{{"Content-Type", "application/json"}}));
    EXPECT_EQ(response.body, R"({"error":"no"})");
}

TEST(HttpResponseCodec, FillsInWhatAShortCircuitLeavesOut) {
    JsonDocument document;
    const HttpResponseData response =
        read_response(document.read(R"({"status_code":null,"headers":null,"body":null})"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "");
}

TEST(HttpResponseCodec, RefusesAStatusThatIsNone) {
    JsonDocument document;
    for (const auto* json : {R"({"status_code":99})", R"({"status_code":1000})",
                             R"({"status_code":"200"})", R"({"status_code":200.5})", "null", "7"})
        EXPECT_ERROR(read_response(document.read(json)), ErrorCode::guest_error);
}

TEST(HttpResponseCodec, ChangesAResponseInPlace) {
    HttpResponseData response{.status = 200, .headers = {{"A", "b"}}, .body = "old"};
    JsonDocument document;
    const ShownMessage shown = shown_response(response);
    EXPECT_FALSE(apply_response(document.read(shown.json), shown, response));
    EXPECT_FALSE(apply_response({}, shown, response));
    EXPECT_TRUE(
        apply_response(document.read(R"({"status_code":201,"body":"bmV3"})"), shown, response));
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.headers, (Fields{{"A", "b"}}));
    EXPECT_EQ(response.body, "new");
}

}  // namespace
}  // namespace sluice::gateway
