#include "extism.hpp"
#include "files.hpp"
#include "guests.hpp"
#include "resident_memory.hpp"

namespace extism_tests {
namespace {

using sluice::tests::expect_no_growth;

// The smallest allocation takes 32 bytes, so that one lost in each call passes its bound; a life
// makes many, and may lose none of 64.
constexpr int calls = 100'000;
constexpr std::ptrdiff_t calls_bound = 2 << 20;
constexpr int lives = 10'000;
constexpr std::ptrdiff_t lives_bound = 512 << 10;

const std::string text_guest = sluice::tests::guest("extism_text");

/// Answers with a new block.
void answer(ExtismCurrentPlugin* plugin, const ExtismVal*, ExtismSize, ExtismVal* outputs,
            ExtismSize, void*) {
    outputs[0].v.i64 = static_cast<std::int64_t>(extism_current_plugin_memory_alloc(plugin, 100));
}

TEST(Leaks, AreNotInCalls) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    const Plugin plugin = plugin_of(text_guest);

    expect_no_growth(calls, calls_bound, [&] {
        result(plugin, "remember", "a text that is longer than a short string");
        EXPECT_EQ(call(plugin, "fail", "an error that is longer than a short string"), 1);
        EXPECT_NE(extism_plugin_error(plugin.get()), nullptr);
    });
}

TEST(Leaks, AreNotInCallsOfHostFunctions) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    const ExtismValType handle = EXTISM_PTR;
    const Function function(
        extism_function_new("ask", &handle, 1, &handle, 1, answer, nullptr, nullptr));
    const Plugin plugin = plugin_of(guests::asker, {.functions = {function.get()}});

    expect_no_growth(calls, calls_bound, [&] { result(plugin, "ask", "me"); });
}

TEST(Leaks, AreNotInLives) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    char* message = nullptr;
    const Compiled compiled(extism_compiled_plugin_new(data_of(text_guest), text_guest.size(),
                                                       nullptr, 0, false, &message));
    ASSERT_NE(compiled, nullptr) << taken(message);

    expect_no_growth(lives, lives_bound, [&] {
        const Plugin plugin(extism_plugin_new_from_compiled(compiled.get(), nullptr));
        result(plugin, "remember", "a text that is longer than a short string");
    });
}

TEST(Leaks, AreNotInCallsThatFail) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    const Plugin plugin = plugin_of(text_guest);

    expect_no_growth(lives, lives_bound, [&] {
        EXPECT_EQ(call(plugin, "trap"), 134);
        EXPECT_EQ(call(plugin, "missing"), -1);
    });
}

TEST(Leaks, AreNotInModulesThatAreRefused) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();

    expect_no_growth(lives, lives_bound, [] {
        EXPECT_NE(refusal("nonsense"), "");
        EXPECT_NE(refusal(R"({"wasm": []})"), "");
    });
}

}  // namespace
}  // namespace extism_tests
