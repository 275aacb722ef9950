#include "extism.hpp"

namespace extism_tests {
namespace {

using testing::HasSubstr;

TEST(Nulls, AreNoPlugin) {
    EXPECT_EQ(extism_plugin_id(nullptr), nullptr);
    EXPECT_EQ(extism_plugin_call(nullptr, "f", nullptr, 0), -1);
    EXPECT_EQ(extism_plugin_call_with_host_context(nullptr, "f", nullptr, 0, nullptr), -1);
    EXPECT_EQ(extism_plugin_error(nullptr), nullptr);
    EXPECT_EQ(extism_error(nullptr), nullptr);
    EXPECT_EQ(extism_plugin_output_length(nullptr), 0U);
    EXPECT_EQ(extism_plugin_output_data(nullptr), nullptr);
    EXPECT_FALSE(extism_plugin_function_exists(nullptr, "f"));
    EXPECT_FALSE(extism_plugin_config(nullptr, nullptr, 0));
    EXPECT_FALSE(extism_plugin_reset(nullptr));
    EXPECT_EQ(extism_plugin_cancel_handle(nullptr), nullptr);
    EXPECT_FALSE(extism_plugin_cancel(nullptr));
    extism_plugin_allow_http_response_headers(nullptr);
    extism_plugin_free(nullptr);
    extism_compiled_plugin_free(nullptr);
    extism_plugin_new_error_free(nullptr);
}

TEST(Nulls, AreNoArguments) {
    const Plugin plugin = plugin_of("(module (func (export \"f\")))");

    EXPECT_EQ(extism_plugin_call(plugin.get(), nullptr, nullptr, 0), -1);
    EXPECT_EQ(error(plugin), "the function's name is NULL");
    EXPECT_EQ(extism_plugin_call(plugin.get(), "f", nullptr, 5), -1);
    EXPECT_EQ(error(plugin), "the input is NULL, with a length");
    EXPECT_EQ(extism_plugin_call(plugin.get(), "f", nullptr, 0), 0);
    EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), nullptr));
    EXPECT_FALSE(extism_plugin_config(plugin.get(), nullptr, 2));
}

TEST(Nulls, AreNoModules) {
    char* message = nullptr;
    EXPECT_EQ(extism_plugin_new(nullptr, 0, nullptr, 0, false, &message), nullptr);
    EXPECT_THAT(taken(message), HasSubstr("empty"));
    EXPECT_EQ(extism_plugin_new(nullptr, 9, nullptr, 0, false, &message), nullptr);
    EXPECT_THAT(taken(message), HasSubstr("NULL"));
    EXPECT_EQ(extism_plugin_new(nullptr, 0, nullptr, 0, false, nullptr), nullptr);
    EXPECT_EQ(extism_plugin_new_from_compiled(nullptr, &message), nullptr);
    EXPECT_THAT(taken(message), HasSubstr("NULL"));
}

TEST(Nulls, AreNoFunctions) {
    EXPECT_EQ(extism_function_new(nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr),
              nullptr);
    extism_function_free(nullptr);
    extism_function_set_namespace(nullptr, "a");
    EXPECT_EQ(refusal("(module)", {.functions = {nullptr}}), "Cannot pass null pointer");
    char* message = nullptr;
    EXPECT_EQ(extism_plugin_new(data_of("(module)"), 8, nullptr, 3, false, &message), nullptr);
    EXPECT_EQ(taken(message), "Cannot pass null pointer");
}

TEST(Nulls, AreNoCallers) {
    EXPECT_EQ(extism_current_plugin_host_context(nullptr), nullptr);
    EXPECT_EQ(extism_current_plugin_memory(nullptr), nullptr);
    EXPECT_EQ(extism_current_plugin_memory_alloc(nullptr, 5), 0U);
    EXPECT_EQ(extism_current_plugin_memory_length(nullptr, 5), 0U);
    extism_current_plugin_memory_free(nullptr, 5);
}

TEST(Nulls, AreNoDrains) {
    extism_log_drain(nullptr);
}

}  // namespace
}  // namespace extism_tests
