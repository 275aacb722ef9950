#include "hooks/guest_host.hpp"

#include <gtest/gtest.h>

namespace sluice::hooks {
namespace {

/// What a guest of each ABI reads of an answer to its HTTP request.
class HttpReplyToAGuest : public testing::Test {
  protected:
    HostReply given(GuestHost::Abi abi, HttpReply reply) {
        host_.emplace(options_, config_, usage_, output_, abi);
        return host_->reply_to(std::move(reply));
    }

    HookPluginOptions options_{.name = "guest"};
    ConfigMembers config_{};
    PluginUsage usage_{};
    LogBudget budget_{10};
    GuestOutput output_{"guest", budget_, usage_};
    std::optional<GuestHost> host_;
};

TEST_F(HttpReplyToAGuest, IsOneJsonText) {
    const HostReply reply =
        given(GuestHost::Abi::sluice, {.status = 201,
                                       .headers = {{"content-length", "8"}, {"x-one", "1, 2"}},
                                       .body = "say \"hi\""});
    EXPECT_EQ(reply.text, R"({"status":201,"headers":{"content-length":"8","x-one":"1, 2"},)"
                          R"("body":"say \"hi\""})");
    EXPECT_EQ(reply.code, static_cast<std::int64_t>(reply.text.size()));
}

TEST_F(HttpReplyToAGuest, HasABodyThatIsNoTextInBase64) {
    EXPECT_EQ(given(GuestHost::Abi::sluice, {.status = 200, .body = "\xff\x01"}).text,
              R"({"status":200,"headers":{},"body_base64":"/wE="})");
}

TEST_F(HttpReplyToAGuest, IsTheBodyAloneForExtism) {
    const HostReply reply =
        given(GuestHost::Abi::extism, {.status = 418, .headers = {{"x", "1"}}, .body = "\xff"});
    EXPECT_EQ(reply.code, 1);
    EXPECT_EQ(reply.text, "\xff");
    EXPECT_EQ(host_->http_status(), 418);
    EXPECT_EQ(host_->http_headers(), (HttpHeaders{{"x", "1"}}));
}

TEST_F(HttpReplyToAGuest, IsItsProblemWhenThereWasNoAnswer) {
    for (const auto abi : {GuestHost::Abi::sluice, GuestHost::Abi::extism}) {
        const HostReply reply = given(abi, {.problem = "nobody is there"});
        EXPECT_EQ(reply.code, HostReply::failed);
        EXPECT_EQ(reply.text, "nobody is there");
    }
}

}  // namespace
}  // namespace sluice::hooks
