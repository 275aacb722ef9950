#include "extism.hpp"
#include "guests.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace extism_tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string limited(std::string_view more) {
    return fmt::format(R"({{"wasm": [{{"data": {{"ptr": {}, "len": {}}}}}], {}}})",
                       reinterpret_cast<std::uintptr_t>(guests::endings.data()),
                       guests::endings.size(), more);
}

TEST(Call, ReturnsWhatTheGuestReturns) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "nothing"), 0);
    EXPECT_EQ(call(plugin, "zero"), 0);
    EXPECT_EQ(output(plugin), "o");
    EXPECT_EQ(call(plugin, "minus_two"), -2);
    EXPECT_EQ(error(plugin), "none");
    EXPECT_EQ(call(plugin, "first_byte", "A"), 65);
    EXPECT_EQ(error(plugin), "none");
    EXPECT_EQ(output(plugin), "o");
}

TEST(Call, GivesTheGuestsErrorAsItStandsBesideItsNumber) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "error_zero"), 0);
    EXPECT_EQ(error(plugin), "e");
    EXPECT_EQ(output(plugin), "o");
    EXPECT_EQ(call(plugin, "error_seven"), 7);
    EXPECT_EQ(error(plugin), "e");
    EXPECT_EQ(call(plugin, "error_void"), 0);
    EXPECT_EQ(error(plugin), "e");
    EXPECT_EQ(call(plugin, "error_nowhere"), 4);
    EXPECT_EQ(error(plugin), "none");
    EXPECT_EQ(call(plugin, "zero"), 0);
    EXPECT_EQ(error(plugin), "none");
}

TEST(Call, Returns134ForATrapAndSaysWhichOne) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "trap"), 134);
    EXPECT_THAT(error(plugin),
                AllOf(StartsWith("plug-in main: `trap`: "), HasSubstr("unreachable")));
    EXPECT_EQ(output(plugin), "o");
    EXPECT_EQ(call(plugin, "overflow"), 134);
    EXPECT_THAT(error(plugin), HasSubstr("stack"));
}

TEST(Call, ReturnsMinusOneForATrapThatTheGuestExplained) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "error_trap"), -1);
    EXPECT_EQ(error(plugin), "e");
}

TEST(Call, ReturnsMinusOneWhenAFunctionOfTheHostFailed) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "bad_handle"), -1);
    EXPECT_THAT(error(plugin), HasSubstr("invalid handle for the config key: 4096"));
}

TEST(Call, Returns134AtTheTimeoutWithTheWordInItsError) {
    const Plugin plugin = plugin_of(limited(R"("timeout_ms": 20)"));

    EXPECT_EQ(call(plugin, "spin"), 134);
    EXPECT_THAT(error(plugin), StartsWith("timeout: plug-in main: `spin`: "));
    EXPECT_EQ(call(plugin, "error_spin"), 134);
    EXPECT_THAT(error(plugin), AllOf(StartsWith("timeout: "), HasSubstr("(the guest said: e)")));
    EXPECT_EQ(call(plugin, "zero"), 0);
}

TEST(Call, ReturnsMinusOneWhenItsFuelRanOutAndServesAgain) {
    char* message = nullptr;
    const Plugin plugin(extism_plugin_new_with_fuel_limit(
        data_of(guests::endings), guests::endings.size(), nullptr, 0, false, 10'000, &message));
    ASSERT_NE(plugin, nullptr) << taken(message);

    EXPECT_EQ(call(plugin, "spin"), -1);
    EXPECT_THAT(error(plugin), AllOf(StartsWith("plugin ran out of fuel: plug-in main: `spin`: "),
                                     HasSubstr("may use 10000")));
    EXPECT_EQ(call(plugin, "error_spin"), -1);
    EXPECT_THAT(error(plugin),
                AllOf(StartsWith("plugin ran out of fuel: "), HasSubstr("(the guest said: e)")));
    for (int i = 0; i < 1'000; ++i) ASSERT_EQ(call(plugin, "zero"), 0) << error(plugin);
}

TEST(Call, KeepsTheFuelLimitOfACompiledPlugin) {
    char* message = nullptr;
    const Compiled compiled(extism_compiled_plugin_new_with_fuel_limit(
        data_of(guests::endings), guests::endings.size(), nullptr, 0, false, 10'000, &message));
    ASSERT_NE(compiled, nullptr) << taken(message);
    const Plugin plugin(extism_plugin_new_from_compiled(compiled.get(), &message));
    ASSERT_NE(plugin, nullptr) << taken(message);

    EXPECT_EQ(result(plugin, "zero"), "o");
    EXPECT_EQ(call(plugin, "spin"), -1);
    EXPECT_THAT(error(plugin), StartsWith("plugin ran out of fuel: "));
}

TEST(Call, ReturnsMinusOneWhenMemoryRanOut) {
    const Plugin plugin = plugin_of(limited(R"("memory": {"max_pages": 20})"));

    EXPECT_EQ(call(plugin, "grow"), -1);
    EXPECT_THAT(error(plugin), HasSubstr("asked for more memory than it may have"));
    EXPECT_EQ(result(plugin, "zero"), "o");
}

TEST(Call, ReturnsTheStatusWithWhichAGuestEndedItself) {
    const Plugin plugin = plugin_of(guests::wasi, {.wasi = true});
    using namespace std::string_view_literals;

    EXPECT_EQ(call(plugin, "exit", "\0"sv), 0);
    EXPECT_EQ(error(plugin), "none");
    EXPECT_EQ(call(plugin, "exit", "\7"), 7);
    EXPECT_EQ(error(plugin), "plug-in main: `exit`: exited with status 7");
    EXPECT_EQ(call(plugin, "exit_500"), 500);
    EXPECT_EQ(error(plugin), "plug-in main: `exit_500`: exited with status 500");
}

TEST(Call, ReturnsMinusOneForFunctionsThatItCannotCall) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "missing"), -1);
    EXPECT_EQ(error(plugin), "plug-in main: no function `missing` is exported");
    EXPECT_EQ(call(plugin, "i64"), -1);
    EXPECT_THAT(error(plugin), HasSubstr("() -> i64"));
    EXPECT_EQ(call(plugin, "takes"), -1);
    EXPECT_EQ(call(plugin, "pair"), -1);
    EXPECT_EQ(output(plugin), "");
}

TEST(Call, BeginsAnewWithVariablesKeptAfterATrap) {
    const Plugin plugin = plugin_of(guests::endings);
    EXPECT_EQ(call(plugin, "remember", "v"), 0);
    EXPECT_EQ(call(plugin, "count"), 1);
    EXPECT_EQ(call(plugin, "count"), 2);

    EXPECT_EQ(call(plugin, "trap"), 134);

    EXPECT_EQ(call(plugin, "count"), 1);
    EXPECT_EQ(result(plugin, "recall"), "v");
}

TEST(Call, KeepsTheGuestsStateOtherwise) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_EQ(call(plugin, "count"), 1);
    EXPECT_EQ(call(plugin, "error_seven"), 7);
    EXPECT_EQ(call(plugin, "missing"), -1);
    EXPECT_EQ(call(plugin, "count"), 2);
}

TEST(Call, PrintsWhenTheEnvironmentSaysSo) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(call(plugin_of(guests::wasi, {.wasi = true}), "print"), 0);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");

    setenv("EXTISM_ENABLE_WASI_OUTPUT", "", 1);
    const Plugin loud = plugin_of(guests::wasi, {.wasi = true});
    unsetenv("EXTISM_ENABLE_WASI_OUTPUT");
    testing::internal::CaptureStdout();
    EXPECT_EQ(call(loud, "print"), 0);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "hello\n");
}

}  // namespace
}  // namespace extism_tests
