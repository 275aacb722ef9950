#include "llm/outcome.hpp"

#include <gtest/gtest.h>

namespace sluice::llm {
namespace {

TEST(ApiError, WritesItselfInOpenAisShapeWithTheGatewaysFields) {
    EXPECT_EQ(to_json({.status = 429,
                       .type = "rate_limit_error",
                       .code = "slow_down",
                       .message = "too \"fast\"",
                       .param = "n"}),
              R"({"error":{"message":"too \"fast\"","type":"rate_limit_error","param":"n",)"
              R"("code":"slow_down"},"is_bifrost_error":false,"status_code":429})");
}

TEST(ApiError, WritesNullForWhatItHasNotAndATypeThatFitsTheStatus) {
    EXPECT_EQ(to_json({.status = 500, .message = "x", .is_bifrost_error = true}),
              R"({"error":{"message":"x","type":"server_error","param":null,"code":null},)"
              R"("is_bifrost_error":true,"status_code":500})");
}

TEST(ApiError, KnowsTheTypeOfEachStatus) {
    EXPECT_EQ(error_type_of(400), "invalid_request_error");
    EXPECT_EQ(error_type_of(401), "authentication_error");
    EXPECT_EQ(error_type_of(403), "permission_error");
    EXPECT_EQ(error_type_of(404), "not_found_error");
    EXPECT_EQ(error_type_of(413), "invalid_request_error");
    EXPECT_EQ(error_type_of(429), "rate_limit_error");
    EXPECT_EQ(error_type_of(503), "server_error");
}

}  // namespace
}  // namespace sluice::llm
