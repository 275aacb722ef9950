#include <sluice/observe.hpp>

#include "http_server.hpp"
#include "plugins.hpp"

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using boost::json::value;
using observe::OtlpAdapter;
using observe::Trace;
using tests::call;
using tests::HttpServer;

std::string text_of(const value& json, std::string_view pointer) {
    return std::string(json.at_pointer(pointer).as_string());
}

/// The text of an attribute of that name.
std::string attribute(const value& attributes, std::string_view key) {
    for (const value& each : attributes.as_array())
        if (each.at("key").as_string() == key)
            return std::string(each.at_pointer("/value/stringValue").as_string());
    return "none";
}

Trace trace_named(std::string name) {
    Trace trace;
    trace.id.fill(1);
    trace.plugin = "p";
    trace.spans.push_back({.name = std::move(name)});
    return trace;
}

TEST(ObserveOtlp, SendsWhatACollectorUnderstands) {
    HttpServer collector(
        [](const HttpServer::Request&) { return tests::response("200 OK", "{}"); });
    const auto adapter =
        std::make_shared<OtlpAdapter>(observe::OtlpOptions{.url = collector.url("/v1/traces"),
                                                           .headers = {{"x-api-key", "key"}},
                                                           .service_name = "tests"});
    observe::TraceContext context;
    context.parent.fill(0xcd);
    context.attributes = {{"tenant", "sieben"}};
    Plugin plugin(tests::manifest_of("observed"),
                  {.observer = adapter, .observe = {.min_duration = {}}});
    plugin.call("run", {}, {.trace = &context});
    EXPECT_THROW(plugin.call("trap"), Error);
    adapter->flush();

    EXPECT_EQ(adapter->dropped(), 0U);
    std::vector<value> spans;
    for (const HttpServer::Request& request : collector.requests()) {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.target, "/v1/traces");
        EXPECT_EQ(request.header("Content-Type"), "application/json");
        EXPECT_EQ(request.header("x-api-key"), "key");
        const value body = boost::json::parse(request.body);
        EXPECT_EQ(
            attribute(body.at_pointer("/resourceSpans/0/resource/attributes"), "service.name"),
            "tests");
        const value& scope = body.at_pointer("/resourceSpans/0/scopeSpans/0");
        for (const value& span : scope.at("spans").as_array()) spans.push_back(span);
    }
    ASSERT_EQ(spans.size(), 7U);
    EXPECT_EQ(text_of(spans[0], "/name"), "run");
    EXPECT_EQ(text_of(spans[0], "/parentSpanId"), "cdcdcdcdcdcdcdcd");
    EXPECT_EQ(text_of(spans[0], "/traceId").size(), 32U);
    EXPECT_EQ(attribute(spans[0].at("attributes"), "tenant"), "sieben");
    EXPECT_EQ(attribute(spans[0].at("attributes"), "sluice.plugin"), "observed");
    for (std::size_t at = 1; at < 4; ++at) {
        EXPECT_EQ(text_of(spans[at], "/parentSpanId"), text_of(spans[at - 1], "/spanId"));
        EXPECT_EQ(text_of(spans[at], "/traceId"), text_of(spans[0], "/traceId"));
    }
    EXPECT_GE(std::stoull(text_of(spans[0], "/endTimeUnixNano")),
              std::stoull(text_of(spans[3], "/endTimeUnixNano")));
    EXPECT_EQ(attribute(spans[3].at("attributes"), "user"), "7");
    EXPECT_EQ(attribute(spans[3].at_pointer("/events/0/attributes"), "message"), "not there");
    EXPECT_EQ(attribute(spans[3].at_pointer("/events/1/attributes"), "statsd"), "hits:1|c");
    EXPECT_FALSE(spans[0].as_object().contains("status"));
    EXPECT_EQ(spans[4].at_pointer("/status/code").as_int64(), 2);
}

TEST(ObserveOtlp, WritesJsonWhateverBytesAGuestWrote) {
    std::string body;
    OtlpAdapter adapter({.http = [&](const HttpRequest& request, const HttpLimits&) {
        body = std::string(as_text(request.body));
        return HttpResponse{.status = 200};
    }});
    adapter.handle(trace_named("\xff\"\n\x01 f\xc3\xbcnf"));
    adapter.flush();
    const value json = boost::json::parse(body);
    EXPECT_EQ(text_of(json, "/resourceSpans/0/scopeSpans/0/spans/0/name"),
              "\xef\xbf\xbd\"\n\x01 f\xc3\xbcnf");
}

TEST(ObserveOtlp, CountsWhatNobodyTook) {
    for (const int status : {500, 0}) {
        OtlpAdapter adapter({.http = [status](const HttpRequest&, const HttpLimits&) {
            if (status == 0) throw Error(ErrorCode::unavailable, "nobody there");
            return HttpResponse{.status = status};
        }});
        adapter.handle(trace_named("one"));
        adapter.handle(trace_named("two"));
        adapter.flush();
        EXPECT_EQ(adapter.dropped(), 2U) << status;
    }
}

TEST(ObserveOtlp, KeepsABoundedQueueAndNeverBlocksACall) {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    std::size_t sent = 0;
    OtlpAdapter adapter(
        {.batch = 1, .queue = 5, .http = [&](const HttpRequest&, const HttpLimits&) {
             std::unique_lock lock(mutex);
             ++sent;
             changed.notify_all();
             changed.wait(lock, [&] { return is_open; });
             return HttpResponse{.status = 200};
         }});
    adapter.handle(trace_named("first"));
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return sent == 1; });
    }
    for (int i = 0; i < 8; ++i) adapter.handle(trace_named("more"));
    EXPECT_EQ(adapter.dropped(), 3U);
    {
        const std::lock_guard lock(mutex);
        is_open = true;
    }
    changed.notify_all();
    adapter.flush();
    EXPECT_EQ(sent, 6U);
}

}  // namespace
}  // namespace sluice
