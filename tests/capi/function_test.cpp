#include "extism.hpp"
#include "guests.hpp"

#include <pthread.h>

#include <array>
#include <cstring>

namespace extism_tests {
namespace {

using testing::HasSubstr;

constexpr std::array i64{ExtismValType_I64};

void count_free(void* data) {
    ++*static_cast<int*>(data);
}

Function function_of(const char* name, ExtismFunctionType body, void* data = nullptr,
                     void (*free_data)(void*) = nullptr) {
    return Function(extism_function_new(name, i64.data(), 1, i64.data(), 1, body, data, free_data));
}

/// Gives its argument back, bytes reversed.
void reverse(ExtismCurrentPlugin* plugin, const ExtismVal* inputs, ExtismSize n_inputs,
             ExtismVal* outputs, ExtismSize n_outputs, void*) {
    ASSERT_EQ(n_inputs, 1U);
    ASSERT_EQ(n_outputs, 1U);
    ASSERT_EQ(inputs[0].t, ExtismValType_I64);
    ASSERT_EQ(outputs[0].t, ExtismValType_I64);
    ASSERT_EQ(outputs[0].v.i64, 0);
    const auto handle = static_cast<ExtismMemoryHandle>(inputs[0].v.i64);
    const ExtismSize size = extism_current_plugin_memory_length(plugin, handle);
    const ExtismMemoryHandle made = extism_current_plugin_memory_alloc(plugin, size);
    std::uint8_t* memory = extism_current_plugin_memory(plugin);
    for (ExtismSize i = 0; i < size; ++i) memory[made + i] = memory[handle + size - 1 - i];
    outputs[0].v.i64 = static_cast<std::int64_t>(made);
}

TEST(Function, ReadsAndMakesBlocks) {
    const Function ask = function_of("ask", reverse);

    EXPECT_EQ(result(plugin_of(guests::asker, {.functions = {ask.get()}}), "ask", "abc"), "cba");
}

TEST(Function, FindsTheSizeOfBlocksOnly) {
    const Function ask = function_of("ask", [](ExtismCurrentPlugin* plugin, const ExtismVal*,
                                               ExtismSize, ExtismVal*, ExtismSize, void*) {
        const ExtismMemoryHandle block = extism_current_plugin_memory_alloc(plugin, 10);
        EXPECT_NE(block, 0U);
        EXPECT_EQ(extism_current_plugin_memory_length(plugin, block), 10U);
        EXPECT_EQ(extism_current_plugin_memory_length(plugin, block + 1), 0U);
        EXPECT_EQ(extism_current_plugin_memory_length(plugin, ~0ULL), 0U);
        extism_current_plugin_memory_free(plugin, block);
        EXPECT_EQ(extism_current_plugin_memory_length(plugin, block), 0U);
        extism_current_plugin_memory_free(plugin, block);
        extism_current_plugin_memory_free(plugin, ~0ULL);
        EXPECT_EQ(extism_current_plugin_memory_alloc(plugin, 0), 0U);
        EXPECT_EQ(extism_current_plugin_memory_alloc(plugin, ~0ULL), 0U);
    });

    EXPECT_EQ(result(plugin_of(guests::asker, {.functions = {ask.get()}}), "ask", "abc"), "");
}

TEST(Function, PassesNumbersOfAllFourTypes) {
    constexpr std::array types{ExtismValType_I32, ExtismValType_I64, ExtismValType_F32,
                               ExtismValType_F64};
    const Function mix(extism_function_new(
        "mix", types.data(), 4, types.data(), 4,
        [](ExtismCurrentPlugin*, const ExtismVal* in, ExtismSize, ExtismVal* out, ExtismSize n,
           void*) {
            EXPECT_EQ(in[0].v.i32, -1);
            EXPECT_EQ(in[1].v.i64, -2);
            EXPECT_EQ(in[2].v.f32, 1.5F);
            EXPECT_EQ(in[3].v.f64, -2.5);
            std::memcpy(out, in, n * sizeof(ExtismVal));
        },
        nullptr, nullptr));
    const Plugin plugin = plugin_of(R"((module
        (import "extism:host/user" "mix"
          (func $mix (param i32 i64 f32 f64) (result i32 i64 f32 f64)))
        (func (export "mix") (result i32) (local f64 f32 i64)
          (call $mix (i32.const -1) (i64.const -2) (f32.const 1.5) (f64.const -2.5))
          (local.set 0) (local.set 1) (local.set 2) (drop)
          (i32.and (f64.eq (local.get 0) (f64.const -2.5))
            (i32.and (f32.eq (local.get 1) (f32.const 1.5))
              (i64.eq (local.get 2) (i64.const -2)))))))",
                                    {.functions = {mix.get()}});

    EXPECT_EQ(call(plugin, "mix"), 1);
}

/// Whether an address is on the stack of the thread that asks.
bool is_on_this_stack(const void* place) {
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    void* bottom = nullptr;
    std::size_t size = 0;
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    const auto* begin = static_cast<const char*>(bottom);
    return place >= begin && place < begin + size;
}

TEST(Function, RunsOnItsCallersStack) {
    // Runtimes of other languages look at the stack pointer, and at all that is on their stacks.
    bool is_on_stack = false;
    const Function ask = function_of(
        "ask",
        [](ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, void* data) {
            *static_cast<bool*>(data) = is_on_this_stack(__builtin_frame_address(0));
        },
        &is_on_stack);
    const Plugin plugin = plugin_of(R"((module
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "extism:host/user" "ask" (func $ask (param i64) (result i64)))
        (memory (export "memory") 1)
        (func (export "ask")
          (i32.store (i32.const 16) (i32.const 1))
          (i64.store (i32.const 24) (i64.const 1000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
          (drop (call $ask (i64.const 0))))))",
                                    {.functions = {ask.get()}, .wasi = true});

    EXPECT_EQ(call(plugin, "ask"), 0);
    EXPECT_TRUE(is_on_stack);
}

TEST(Function, GetsNullForNoValues) {
    const Function ping(extism_function_new(
        "ping", nullptr, 0, nullptr, 0,
        [](ExtismCurrentPlugin*, const ExtismVal* in, ExtismSize n_in, ExtismVal* out,
           ExtismSize n_out, void* data) {
            EXPECT_EQ(in, nullptr);
            EXPECT_EQ(n_in, 0U);
            EXPECT_EQ(out, nullptr);
            EXPECT_EQ(n_out, 0U);
            EXPECT_EQ(data, nullptr);
        },
        nullptr, count_free));
    extism_function_set_namespace(ping.get(), "elsewhere");
    const Plugin plugin = plugin_of(
        R"((module (import "elsewhere" "ping" (func $p)) (func (export "ping") (call $p))))",
        {.functions = {ping.get()}});

    EXPECT_EQ(call(plugin, "ping"), 0);
    extism_function_set_namespace(ping.get(), "too_late");
    EXPECT_EQ(call(plugin, "ping"), 0);
}

TEST(Function, FailsTheCallWhenItWritesAnotherType) {
    const Function ask =
        function_of("ask", [](ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal* out,
                              ExtismSize, void*) { out[0].t = ExtismValType_F32; });
    const Plugin plugin = plugin_of(guests::asker, {.functions = {ask.get()}});

    EXPECT_EQ(call(plugin, "ask"), -1);
    EXPECT_THAT(error(plugin), HasSubstr("gave result 0 as type 2, but its signature is (i64)"));
}

TEST(Function, SeesTheContextOfItsCall) {
    const Function ask = function_of("ask", [](ExtismCurrentPlugin* plugin, const ExtismVal*,
                                               ExtismSize, ExtismVal*, ExtismSize, void*) {
        if (void* context = extism_current_plugin_host_context(plugin)) count_free(context);
    });
    const Plugin plugin = plugin_of(guests::asker, {.functions = {ask.get()}});
    int calls = 0;

    EXPECT_EQ(call(plugin, "ask", {}, &calls), 0);
    EXPECT_EQ(call(plugin, "ask"), 0);

    EXPECT_EQ(calls, 1);
}

TEST(Function, FreesItsUserDataWhenNobodyTookIt) {
    int freed = 0;
    Function ask = function_of("ask", reverse, &freed, count_free);
    ask.reset();
    EXPECT_EQ(freed, 1);
}

TEST(Function, FreesItsUserDataWithTheLastPlugin) {
    int freed = 0;
    Function ask = function_of("ask", reverse, &freed, count_free);
    const ExtismFunction* functions[] = {ask.get()};
    Compiled compiled(extism_compiled_plugin_new(data_of(guests::asker), guests::asker.size(),
                                                 functions, 1, false, nullptr));
    ASSERT_NE(compiled, nullptr);
    Plugin plugin(extism_plugin_new_from_compiled(compiled.get(), nullptr));

    ask.reset();
    compiled.reset();
    EXPECT_EQ(freed, 0);
    EXPECT_EQ(result(plugin, "ask", "ab"), "ba");
    plugin.reset();
    EXPECT_EQ(freed, 1);
}

TEST(Function, FreesItsUserDataWhenThePluginCannotBeMade) {
    int freed = 0;
    const Function ask = function_of("ask", reverse, &freed, count_free);

    EXPECT_THAT(refusal("(module (import \"a\" \"b\" (func)))", {.functions = {ask.get()}}),
                HasSubstr("Unable to compile"));

    EXPECT_EQ(freed, 1);
}

TEST(Function, IsGivenToOnePluginOnly) {
    int freed = 0;
    const Function ask = function_of("ask", reverse, &freed, count_free);
    const Function other = function_of("ask", reverse, &freed, count_free);
    const std::string expected = "Function cannot be registered with multiple different Plugins";

    EXPECT_EQ(refusal(guests::asker, {.functions = {ask.get(), ask.get()}}), expected);
    EXPECT_EQ(refusal(guests::asker, {.functions = {ask.get(), nullptr}}),
              "Cannot pass null pointer");
    Plugin plugin = plugin_of(guests::asker, {.functions = {ask.get()}});
    EXPECT_EQ(refusal(guests::asker, {.functions = {other.get(), ask.get()}}), expected);
    EXPECT_EQ(freed, 0);
    EXPECT_NE(plugin_of(guests::asker, {.functions = {other.get()}}), nullptr);
    EXPECT_EQ(freed, 1) << "with its plug-in";
    plugin.reset();
    EXPECT_EQ(freed, 2);
}

TEST(Function, OfTwoWithOneNameTheLastCounts) {
    const Function nothing = function_of("ask", [](ExtismCurrentPlugin*, const ExtismVal*,
                                                   ExtismSize, ExtismVal*, ExtismSize, void*) {});
    const Function ask = function_of("ask", reverse);

    EXPECT_EQ(
        result(plugin_of(guests::asker, {.functions = {nothing.get(), ask.get()}}), "ask", "abc"),
        "cba");
}

TEST(Function, WithTypesThatCannotCrossIsRefusedByName) {
    for (const int number : {4, 5, 6, 7, -1}) {
        ExtismValType type{};
        std::memcpy(&type, &number, sizeof(type));
        const Function ask(
            extism_function_new("ask", &type, 1, nullptr, 0, reverse, nullptr, nullptr));
        ASSERT_NE(ask, nullptr);

        EXPECT_THAT(refusal("(module)", {.functions = {ask.get()}}),
                    testing::StartsWith("host function extism:host/user::ask: it has a value of "));
    }
}

TEST(Function, ThatIsNullIsRefusedByName) {
    const Function ask = function_of("ask", nullptr);

    EXPECT_EQ(refusal("(module)", {.functions = {ask.get()}}),
              "host function extism:host/user::ask: it is NULL");
}

TEST(Function, MustHaveANameInUtf8) {
    EXPECT_EQ(function_of("\xff", reverse), nullptr);
    const Function ask = function_of("ask", reverse);
    extism_function_set_namespace(ask.get(), "\xff");
    EXPECT_THAT(refusal("(module)", {.functions = {ask.get()}}), HasSubstr("is not UTF-8"));
}

struct Caller {
    Plugin plugin{};
    Plugin other{};
};

TEST(Function, CannotUseThePluginThatCallsItButOthers) {
    Caller caller;
    const Function ask = function_of(
        "ask",
        [](ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, void* data) {
            const auto& [plugin, other] = *static_cast<Caller*>(data);
            EXPECT_EQ(error(plugin), "none");
            EXPECT_EQ(call(plugin, "quiet"), -1);
            EXPECT_THAT(error(plugin), HasSubstr("its own host functions cannot use it"));
            EXPECT_EQ(extism_plugin_output_length(plugin.get()), 0U);
            EXPECT_EQ(extism_plugin_output_data(plugin.get()), nullptr);
            EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), "quiet"));
            EXPECT_FALSE(extism_plugin_config(plugin.get(), data_of("{}"), 2));
            EXPECT_FALSE(extism_plugin_reset(plugin.get()));
            extism_plugin_free(plugin.get());
            EXPECT_EQ(call(other, "count"), 1);
        },
        &caller);
    caller.plugin = plugin_of(guests::asker, {.functions = {ask.get()}});
    caller.other = plugin_of(guests::endings);

    EXPECT_EQ(result(caller.plugin, "ask", "abc"), "");
    EXPECT_EQ(call(caller.plugin, "quiet"), 0);
}

}  // namespace
}  // namespace extism_tests
