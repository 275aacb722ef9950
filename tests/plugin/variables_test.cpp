#include "plugin/variables.hpp"

#include "expect_error.hpp"

#include <string>

namespace sluice {
namespace {

TEST(Variables, CountKeysValuesAndAnAllowanceForEach) {
    Variables variables(2 * (48 + 10));

    variables.set("12345", as_bytes("12345"));
    variables.set("abcde", as_bytes("12345"));

    EXPECT_ERROR_SAYING(variables.set("x", {}), ErrorCode::memory_limit,
                        "variable store is full: `x` would need 165 of 116 bytes");
    variables.remove("abcde");
    EXPECT_NO_THROW(variables.set("x", {}));
}

TEST(Variables, CountAnOverwrittenValueOnce) {
    Variables variables(48 + 10);

    for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(variables.set("12345", as_bytes("12345")));
}

TEST(Variables, KeepTheOldValueWhenTheNewOneDoesNotFit) {
    Variables variables(100);
    variables.set("key", as_bytes("old"));

    EXPECT_ERROR(variables.set("key", as_bytes(std::string(100, 'x'))), ErrorCode::memory_limit);

    EXPECT_EQ(as_text(variables.find("key").value()), "old");
}

TEST(Variables, AreDisabledByABoundOfZero) {
    Variables variables(0);

    EXPECT_ERROR_SAYING(variables.set("", {}), ErrorCode::memory_limit,
                        "variables are disabled by this host");
    EXPECT_FALSE(variables.find(""));
}

TEST(Variables, TellAnEmptyValueFromNone) {
    Variables variables(1000);
    variables.set("empty", {});

    EXPECT_TRUE(variables.find("empty"));
    EXPECT_FALSE(variables.find("none"));
}

}  // namespace
}  // namespace sluice
