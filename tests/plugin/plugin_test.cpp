#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "plugin/compiled_plugin_state.hpp"
#include "plugins.hpp"

#include <thread>

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;
using tests::manifest_of;

TEST(Plugin, GivesWhatTheGuestSetAsItsOutput) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_EQ(call(plugin, "count_vowels", "Hello, World!"), "03");
    EXPECT_EQ(call(plugin, "count_vowels"), "00");
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
    EXPECT_EQ(call(plugin, "input_as_output", "hello"), "hello");
}

TEST(Plugin, PassesInputsOfEverySize) {
    Plugin plugin(manifest_of("extism_text"));

    for (std::size_t size = 0; size <= 100; ++size)
        EXPECT_EQ(call(plugin, "echo_words", std::string(size, 'x')), std::string(size, 'x'));
    for (const std::size_t size : {4'096U, 65'535U, 65'536U, 65'537U, 1'000'003U}) {
        std::string input(size, ' ');
        for (std::size_t i = 0; i < size; ++i) input[i] = static_cast<char>(i * 31);
        EXPECT_TRUE(call(plugin, "echo_words", input) == input) << size;
    }
}

TEST(CompiledPlugin, SharesTheCodeOfALivingOneOfTheSameBytes) {
    const auto code = [](const CompiledPlugin& compiled) {
        return compiled.state().pre.module().raw();
    };
    const Runtime runtime;
    const CompiledPlugin first(runtime, manifest_of("extism_text"));
    const CompiledPlugin same(runtime, manifest_of("extism_text"));
    const CompiledPlugin unlike(runtime, manifest_of("extism_text"), {.fusion = false});
    const CompiledPlugin elsewhere(Runtime(), manifest_of("extism_text"));

    EXPECT_EQ(code(first), code(same));
    EXPECT_NE(code(first), code(elsewhere));
    Plugin plugin(same);
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
    Plugin apart(unlike);
    EXPECT_EQ(call(apart, "echo", "hello"), "hello");
}

TEST(Plugin, ForgetsTheOutputOfTheCallBefore) {
    Plugin plugin(manifest_of("extism_text"));
    call(plugin, "echo", "hello");

    EXPECT_EQ(call(plugin, "forget"), "");
}

TEST(Plugin, ShowsTheManifestsConfiguration) {
    Manifest manifest = manifest_of("extism_text");
    manifest.config = {{"colour", "blue"}, {"empty", ""}};
    Plugin plugin(manifest);

    EXPECT_EQ(call(plugin, "config", "colour"), "blue");
    EXPECT_EQ(call(plugin, "config", "empty"), "");
    EXPECT_EQ(call(plugin, "config", "size"), "");
}

TEST(Plugin, KeepsVariablesFromCallToCall) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_EQ(call(plugin, "recall"), "");
    call(plugin, "remember", "first");
    EXPECT_EQ(call(plugin, "recall"), "first");
    call(plugin, "remember", "second");
    EXPECT_EQ(call(plugin, "recall"), "second");
    call(plugin, "forget");
    EXPECT_EQ(call(plugin, "recall"), "");
}

TEST(Plugin, SharesVariablesWithItsHost) {
    Plugin plugin(manifest_of("extism_text"));

    plugin.set_variable("key", as_bytes("of the host"));
    EXPECT_EQ(call(plugin, "recall"), "of the host");
    call(plugin, "remember", "of the guest");
    ASSERT_TRUE(plugin.variable("key"));
    EXPECT_EQ(as_text(*plugin.variable("key")), "of the guest");
    plugin.remove_variable("key");
    EXPECT_EQ(call(plugin, "recall"), "");
}

TEST(Plugin, SharesNoVariablesWithItsTwin) {
    const CompiledPlugin compiled(manifest_of("extism_text"));
    Plugin one(compiled);
    Plugin other(compiled);

    call(one, "remember", "mine");

    EXPECT_EQ(call(other, "recall"), "");
}

TEST(Plugin, ThrowsTheErrorThatTheGuestSetWhateverItReturns) {
    Plugin plugin(manifest_of("extism_text"));

    for (const std::string function : {"fail", "fail_with_zero"})
        EXPECT_ERROR_SAYING(call(plugin, function, "no such colour"), ErrorCode::guest_error,
                            "plug-in extism_text: `" + function + "`: no such colour");
    EXPECT_EQ(call(plugin, "echo", "still fine"), "still fine");
}

TEST(Plugin, ThrowsWhenTheGuestReturnsAnotherNumberThanZero) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(plugin, "fail_silently"), ErrorCode::guest_error,
                        "plug-in extism_text: `fail_silently`: returned 3");
}

TEST(Plugin, LetsTheGuestTakeItsErrorBack) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_NO_THROW(call(plugin, "fail_and_recover", "oops"));
}

TEST(Plugin, NamesTheFunctionThatIsMissing) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(plugin, "count"), ErrorCode::missing_export,
                        "plug-in extism_text: no function `count` is exported");
    EXPECT_ERROR(call(plugin, "memory"), ErrorCode::missing_export);
    EXPECT_FALSE(plugin.function_exists("count"));
    EXPECT_TRUE(plugin.function_exists("count_vowels"));
}

TEST(Plugin, RefusesFunctionsOfAnotherType) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(plugin, "takes_arguments"), ErrorCode::invalid_input,
                        HasSubstr("(i32, i32) -> i64"));
    EXPECT_ERROR(call(plugin, "gives_i64"), ErrorCode::invalid_input);
    EXPECT_FALSE(plugin.function_exists("gives_i64"));
    EXPECT_EQ(call(plugin, "echo", "untouched"), "untouched");
}

TEST(Plugin, MovesWithItsState) {
    Plugin first(manifest_of("extism_text"));
    call(first, "remember", "me");

    Plugin second(std::move(first));

    EXPECT_EQ(call(second, "recall"), "me");
}

TEST(Plugin, LoadsFromAFile) {
    const tests::TemporaryFolder folder;
    const auto path = folder.path() / "greeter.wat";
    std::ofstream(path) << tests::guest("extism_text");
    Plugin plugin(Manifest::file(path));

    EXPECT_EQ(plugin.name(), "greeter");
    EXPECT_EQ(call(plugin, "echo", "hi"), "hi");
}

TEST(CompiledPlugin, NamesTheFileThatCannotBeRead) {
    EXPECT_ERROR_SAYING(CompiledPlugin(Manifest::file("/nowhere/guest.wasm")),
                        ErrorCode::unavailable,
                        "cannot read /nowhere/guest.wasm: No such file or directory");
}

TEST(CompiledPlugin, RefusesWhatIsNoModule) {
    EXPECT_ERROR_SAYING(CompiledPlugin(Manifest::bytes(as_bytes("hello"), "greeting")),
                        ErrorCode::invalid_input, HasSubstr("plug-in greeting"));
    EXPECT_ERROR(CompiledPlugin(Manifest::bytes({})), ErrorCode::invalid_input);
}

/// `fail` sets the error "sorry", then returns 3; `trap` sets it, then traps; `tell` gives the
/// configuration's `who`.
constexpr std::string_view teller = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "error_set" (func $error (param i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
  (import "extism:host/env" "log_warn" (func $warn (param i64)))
  (func $sorry (result i64) (local $block i64)
    (local.set $block (call $alloc (i64.const 8)))
    (call $store (local.get $block) (i64.const 0x2121217972726f73))
    (local.get $block))
  (func (export "fail") (result i32) (call $error (call $sorry)) (i32.const 3))
  (func (export "trap") (call $error (call $sorry)) (unreachable))
  (func (export "log") (call $warn (call $sorry)))
  (func (export "tell") (local $key i64) (local $value i64)
    (local.set $key (call $alloc (i64.const 3)))
    (call $store (local.get $key) (i64.const 0x6f6877))
    (local.set $value (call $config (local.get $key)))
    (if (i64.ne (local.get $value) (i64.const 0))
      (then (call $output (local.get $value) (call $length (local.get $value))))))))";

TEST(Plugin, TellsWhatBecameOfACallThatFailed) {
    Plugin plugin = tests::plugin_of(teller);
    const CallResult failed = plugin.try_call("fail");
    EXPECT_EQ(failed.end, CallResult::End::returned);
    EXPECT_EQ(failed.status, 3);
    EXPECT_EQ(failed.said, "sorry!!!");
    EXPECT_FALSE(failed.fault);
    const CallResult trapped = plugin.try_call("trap");
    EXPECT_EQ(trapped.end, CallResult::End::cut_short);
    EXPECT_EQ(trapped.said, "sorry!!!");
    ASSERT_TRUE(trapped.fault);
    EXPECT_EQ(trapped.fault->code(), ErrorCode::trap);
    EXPECT_FALSE(trapped.host_failed);
    EXPECT_TRUE(plugin.is_poisoned());
    EXPECT_ERROR_SAYING(plugin.try_call("fail"), ErrorCode::poisoned, HasSubstr("reset()"));
}

TEST(Plugin, ReadsTheConfigurationThatItWasGivenLast) {
    Plugin plugin = tests::plugin_of(teller);
    EXPECT_EQ(call(plugin, "tell"), "");
    plugin.set_config({{"who", "Ada"}});
    EXPECT_EQ(call(plugin, "tell"), "Ada");
    EXPECT_EQ(plugin.config().at("who"), "Ada");
    plugin.reset();
    EXPECT_EQ(call(plugin, "tell"), "Ada");
}

TEST(Plugin, LogsWhereItWasToldLast) {
    Plugin plugin = tests::plugin_of(teller);
    std::string logged;
    plugin.set_log([&](LogLevel, std::string_view message) { logged += message; });
    plugin.call("log");
    plugin.set_log_level(LogLevel::error);
    plugin.call("log");
    EXPECT_EQ(logged, "sorry!!!");
}

TEST(Plugin, ForgetsACall) {
    Plugin plugin = tests::plugin_of(teller);
    plugin.set_config({{"who", "Ada"}});
    ASSERT_EQ(call(plugin, "tell"), "Ada");
    plugin.forget_call();
    EXPECT_EQ(call(plugin, "tell"), "Ada") << "what the guest needs is there for the next";
}

TEST(CompiledPlugin, NamesTheImportThatNobodyOffers) {
    const auto compile = [](std::string_view import) {
        const std::string text = "(module (import " + std::string(import) + "))";
        return CompiledPlugin(Manifest::bytes(as_bytes(text), "guest"));
    };
    EXPECT_ERROR_SAYING(compile(R"("extism:host/user" "kv_read" (func))"), ErrorCode::invalid_input,
                        HasSubstr("extism:host/user::kv_read"));
    EXPECT_ERROR_SAYING(compile(R"("extism:host/env" "nope" (func))"), ErrorCode::invalid_input,
                        HasSubstr("extism:host/env::nope"));
    EXPECT_ERROR_SAYING(compile(R"("extism:host/env" "alloc" (func (param i32) (result i32)))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host/env::alloc"));
    EXPECT_ERROR_SAYING(compile(R"("extism:host/env" "memory" (memory 1))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host/env::memory"));
    EXPECT_ERROR_SAYING(compile(R"("extism:host/env" "begin" (func (param i64) (result i64)))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host/env::begin"));
    EXPECT_ERROR_SAYING(compile(R"("extism:host" "take" (func (param i64 i64)))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host::take"));
}

TEST(CompiledPlugin, LinksEveryNameThatExtismGuestsMayImport) {
    const std::string text = R"((module
        (import "extism:host/env" "alloc" (func (param i64) (result i64)))
        (import "extism:host/env" "free" (func (param i64)))
        (import "extism:host/env" "length" (func (param i64) (result i64)))
        (import "extism:host/env" "length_unsafe" (func (param i64) (result i64)))
        (import "extism:host/env" "load_u8" (func (param i64) (result i32)))
        (import "extism:host/env" "load_u64" (func (param i64) (result i64)))
        (import "extism:host/env" "store_u8" (func (param i64 i32)))
        (import "extism:host/env" "store_u64" (func (param i64 i64)))
        (import "extism:host/env" "input_length" (func (result i64)))
        (import "extism:host/env" "input_offset" (func (result i64)))
        (import "extism:host/env" "input_load_u8" (func (param i64) (result i32)))
        (import "extism:host/env" "input_load_u64" (func (param i64) (result i64)))
        (import "extism:host/env" "input_set" (func (param i64 i64)))
        (import "extism:host/env" "output_set" (func (param i64 i64)))
        (import "extism:host/env" "output_length" (func (result i64)))
        (import "extism:host/env" "output_offset" (func (result i64)))
        (import "extism:host/env" "error_set" (func (param i64)))
        (import "extism:host/env" "error_get" (func (result i64)))
        (import "extism:host/env" "reset" (func))
        (import "extism:host/env" "memory_bytes" (func (result i64)))
        (import "extism:host/env" "config_get" (func (param i64) (result i64)))
        (import "extism:host/env" "var_get" (func (param i64) (result i64)))
        (import "extism:host/env" "var_set" (func (param i64 i64)))
        (import "extism:host/env" "http_request" (func (param i64 i64) (result i64)))
        (import "extism:host/env" "http_status_code" (func (result i32)))
        (import "extism:host/env" "http_headers" (func (result i64)))
        (import "extism:host/env" "log_trace" (func (param i64)))
        (import "extism:host/env" "log_debug" (func (param i64)))
        (import "extism:host/env" "log_info" (func (param i64)))
        (import "extism:host/env" "log_warn" (func (param i64)))
        (import "extism:host/env" "log_error" (func (param i64)))
        (import "extism:host/env" "get_log_level" (func (result i32)))))";

    EXPECT_NO_THROW(tests::plugin_of(text));
}

TEST(CompiledPlugin, ServesPluginsOnManyThreads) {
    const CompiledPlugin compiled(manifest_of("extism_text"));
    std::vector<std::jthread> threads;
    std::atomic<int> right = 0;

    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&compiled, &right, i] {
            Plugin plugin(compiled);
            const std::string input(100, static_cast<char>('a' + i));
            for (int round = 0; round < 200; ++round)
                if (call(plugin, "echo", input) == input) ++right;
        });
    threads.clear();

    EXPECT_EQ(right, 800);
}

TEST(Runtime, SharesItsCompiledImagesWithTheNext) {
    const tests::TemporaryFolder folder;
    const auto images = folder.path() / "images";

    for (int round = 0; round < 2; ++round) {
        const Runtime runtime({.image_cache = images});
        Plugin plugin(CompiledPlugin(runtime, manifest_of("extism_text")));
        EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
    }

    EXPECT_FALSE(std::filesystem::is_empty(images));
}

TEST(Runtime, NamesItsVersions) {
    EXPECT_THAT(std::string(version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
    EXPECT_THAT(std::string(engine_version()), testing::StartsWith("Wasmtime "));
}

}  // namespace
}  // namespace sluice
