#include "gateway/edge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace sluice::gateway {
namespace {

llm::ApiError read(const auto& fault) {
    return to_api_error(std::make_exception_ptr(fault));
}

TEST(Edge, AnswersAClientsMistakeWith400AndItsWords) {
    const llm::ApiError error = read(Error(ErrorCode::invalid_input, "model is required"));
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.type, "invalid_request_error");
    EXPECT_EQ(error.message, "model is required");
    EXPECT_FALSE(error.is_bifrost_error);
}

TEST(Edge, AnswersADeadProviderWith502AndASlowOneWith504) {
    EXPECT_EQ(read(Error(ErrorCode::unavailable, "provider openai: connection refused")).status,
              502);
    const llm::ApiError slow = read(Error(ErrorCode::timeout, "provider openai: no answer"));
    EXPECT_EQ(slow.status, 504);
    EXPECT_EQ(slow.type, "request_timed_out");
}

TEST(Edge, HidesTheWordsOfFaultsThatAreNotItsOwn) {
    const llm::ApiError error = read(std::runtime_error("/etc/secret: no such file"));
    EXPECT_EQ(error.status, 500);
    EXPECT_EQ(error.message, "internal error");
    EXPECT_TRUE(error.is_bifrost_error);
    const boost::system::system_error reset(boost::asio::error::connection_reset, "10.0.0.1");
    EXPECT_EQ(read(reset).status, 502);
    EXPECT_EQ(read(reset).message, "no answer from the provider");
}

TEST(Edge, HandsCancellationOn) {
    const boost::system::system_error aborted(boost::asio::error::operation_aborted);
    EXPECT_THROW(read(aborted), boost::system::system_error);
}

TEST(Edge, SendsAProvidersOwnErrorByteForByte) {
    const http::Reply reply = error_reply({.status = 429,
                                           .message = "slow down",
                                           .body = R"({ "error": {"message": "slow down"}})",
                                           .retry_after = std::chrono::seconds(7)});
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.body, R"({ "error": {"message": "slow down"}})");
    EXPECT_THAT(reply.headers, ::testing::Contains(::testing::Pair("Retry-After", "7")));
}

TEST(Edge, WritesErrorsInOpenAIsShape) {
    EXPECT_EQ(error_reply(own_error(404, "no such thing")).body,
              R"({"error":{"message":"no such thing","type":"not_found_error","param":null,)"
              R"("code":null},"is_bifrost_error":false,"status_code":404})");
}

}  // namespace
}  // namespace sluice::gateway
