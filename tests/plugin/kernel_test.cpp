#include "plugin/kernel.hpp"

#include "expect_error.hpp"
#include "plugins.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;
using tests::manifest_of;

/// The guest checks from its side and returns the number of what is wrong, which throws.
class Kernel : public testing::TestWithParam<const char*> {};

TEST_P(Kernel, HoldsAgainstForgedNumbers) {
    Plugin plugin(manifest_of("extism_forger"));

    for (int round = 0; round < 3; ++round) EXPECT_NO_THROW(call(plugin, GetParam(), "ten bytes."));
    EXPECT_EQ(call(plugin, GetParam(), "ten bytes."), "");
}

INSTANTIATE_TEST_SUITE_P(Guest, Kernel,
                         testing::Values("addresses", "handles", "sizes", "churn", "hoard",
                                         "outputs", "errors", "inputs", "forget_all", "empty_key"),
                         [](const auto& each) { return std::string(each.param); });

TEST(KernelMemory, ShowsACallNothingOfTheCallBefore) {
    Plugin plugin(manifest_of("extism_forger"));

    call(plugin, "leave", "secret input");

    EXPECT_NO_THROW(call(plugin, "find"));
}

TEST(KernelMemory, CountsTowardsTheLimit) {
    Manifest manifest = manifest_of("extism_forger");
    manifest.memory.max_pages = 64;
    Plugin plugin(manifest);

    EXPECT_NO_THROW(call(plugin, "hoard"));
    EXPECT_ERROR_SAYING(plugin.call("empty_key", Bytes(5 << 20)), ErrorCode::memory_limit,
                        HasSubstr("no room for an input of 5242880 bytes"));
    EXPECT_NO_THROW(plugin.call("empty_key", Bytes(1 << 20)));
}

TEST(KernelHandles, AreNamedWhenNoBlockIsBehindThem) {
    const auto fails_saying = [](std::string_view function, const char* text) {
        Plugin plugin(manifest_of("extism_forger"), {.log = [](LogLevel, std::string_view) {}});
        EXPECT_ERROR_SAYING(call(plugin, function), ErrorCode::trap, HasSubstr(text));
    };
    fails_saying("bad_config_key", "invalid handle for the config key: 5");
    fails_saying("bad_variable_key", "invalid handle for the variable's key: 18446744073709551615");
    fails_saying("bad_variable_value", "invalid handle for the variable's value: 2147483647");
    fails_saying("bad_log_message", "invalid handle for a log message: 99");
}

}  // namespace
}  // namespace sluice
