#include "gateway/routes.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

TEST(Routes, FindsWhatIsServed) {
    EXPECT_EQ(find_route("POST", "/v1/chat/completions").endpoint, Endpoint::chat_completions);
    EXPECT_EQ(find_route("GET", "/v1/models").endpoint, Endpoint::models);
    EXPECT_EQ(find_route("GET", "/health").endpoint, Endpoint::health);
    EXPECT_EQ(find_route("GET", "/metrics").endpoint, Endpoint::metrics);
    EXPECT_EQ(find_route("GET", "/api/logs").endpoint, Endpoint::logs);
    EXPECT_EQ(find_route("GET", "/api/plugins").endpoint, Endpoint::plugins);
}

TEST(Routes, GivesTheSegmentThatStandsForAName) {
    const RouteMatch match = find_route("GET", "/api/plugins/guardrail");
    EXPECT_EQ(match.endpoint, Endpoint::plugin);
    EXPECT_EQ(match.parameter, "guardrail");
    EXPECT_EQ(match.label, "/api/plugins/{name}");
}

TEST(Routes, FindsWhatStandsBelowAName) {
    const RouteMatch match = find_route("GET", "/api/plugins/guardrail/logs");
    EXPECT_EQ(match.endpoint, Endpoint::plugin_logs);
    EXPECT_EQ(match.parameter, "guardrail");
    EXPECT_EQ(match.label, "/api/plugins/{name}/logs");
    EXPECT_EQ(find_route("GET", "/api/plugins/logs").endpoint, Endpoint::plugin);
}

TEST(Routes, TakesNoMoreThanOneSegmentForAName) {
    EXPECT_EQ(find_route("GET", "/api/plugins/a/b").endpoint, Endpoint::unknown);
    EXPECT_EQ(find_route("GET", "/api/plugins/").endpoint, Endpoint::unknown);
    EXPECT_EQ(find_route("GET", "/api/plugins//logs").endpoint, Endpoint::unknown);
    EXPECT_EQ(find_route("GET", "/api/plugins/a/b/logs").endpoint, Endpoint::unknown);
}

TEST(Routes, SaysWhichMethodsAreAllowed) {
    EXPECT_EQ(find_route("GET", "/v1/chat/completions").allow, "POST");
    EXPECT_EQ(find_route("DELETE", "/health").allow, "GET, HEAD");
    EXPECT_EQ(find_route("POST", "/v1/chat/completions").allow, "");
}

TEST(Routes, ServesSeveralMethodsAtOnePath) {
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE"})
        EXPECT_EQ(find_route(method, "/api/plugins/a").allow, "") << method;
    EXPECT_EQ(find_route("POST", "/api/plugins").allow, "");
    EXPECT_EQ(find_route("POST", "/api/plugins/a").allow, "GET, HEAD, PUT, DELETE");
    EXPECT_EQ(find_route("PU", "/api/plugins/a").allow, "GET, HEAD, PUT, DELETE");
}

TEST(Routes, ServesHeadWhereGetIsServed) {
    EXPECT_EQ(find_route("HEAD", "/health").allow, "");
}

TEST(Routes, GivesUnknownPathsOneLabel) {
    EXPECT_EQ(find_route("GET", "/v1/chat/completions/").label, "other");
    EXPECT_EQ(find_route("GET", "/anything").label, "other");
}

}  // namespace
}  // namespace sluice::gateway
