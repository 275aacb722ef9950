#include "hooks/hook_plugin.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>

namespace sluice::hooks {
namespace {

using tests::call_hook;

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StrEq;

/// What is logged while it lives.
class CapturedLog {
  public:
    CapturedLog() : before_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
        auto logger = std::make_shared<spdlog::logger>("test", std::move(sink));
        logger->set_pattern("%l %v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~CapturedLog() { spdlog::set_default_logger(before_); }
    std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

TEST(HookPlugin, KnowsItsPhasesAndName) {
    tests::HookHost host;
    const auto plugin = host.load_guest("hook_counter", {.name = "configured"});
    EXPECT_EQ(plugin->options().name, "configured");
    EXPECT_EQ(plugin->actual_name(), "do not");
    EXPECT_EQ(plugin->generation(), "C");
    EXPECT_TRUE(plugin->phases().has(Phase::pre));
    EXPECT_FALSE(plugin->phases().has(Phase::http_pre));
    EXPECT_EQ(host.load_guest("hook_leaky", {.name = "configured"})->actual_name(), "configured");
}

TEST(HookPlugin, StartsTheRuntimeFirst) {
    tests::HookHost host;
    const auto plugin = host.load_guest("hook_start");
    EXPECT_EQ(plugin->actual_name(), "hello");
    InstancePool pool(plugin);
    EXPECT_EQ(call_hook(pool, Phase::pre), "");
}

TEST(HookPlugin, TakesNoConfigurationAndNullAndAnObject) {
    tests::HookHost host;
    for (const auto* config : {"", "null", "{}", "{\"word\":\"x\"}"})
        EXPECT_NO_THROW(host.load_guest("hook_start", {.config_json = config})) << config;
}

TEST(HookPlugin, FailsToLoadWhenInitRefusesItsConfiguration) {
    tests::HookHost host;
    EXPECT_ERROR_SAYING(host.load_guest("hook_start", {.name = "strict", .config_json = "~"}),
                        ErrorCode::guest_error,
                        StrEq("plug-in strict: init answered 3: it refuses its configuration"));
}

TEST(HookPlugin, LogsWhatTheGuestPrintsLineByLineWithItsName) {
    tests::HookHost host;
    const CapturedLog log;
    std::ignore = host.load_guest("hook_start", {.name = "talker"});
    EXPECT_EQ(log.text(), "info plug-in talker: hello\ninfo plug-in talker: world\n");
}

TEST(HookPlugin, FailsToLoadWhenItsStartNeverEnds) {
    tests::HookHost host;
    EXPECT_ERROR_SAYING(host.load(R"((module (memory (export "memory") 1)
        (func (export "_initialize") (loop $again (br $again)))
        (func (export "malloc") (param i32) (result i32) (i32.const 4096))
        (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0))))",
                                  {.init_timeout = 20ms}),
                        ErrorCode::timeout, HasSubstr("_initialize"));
}

TEST(HookPlugin, FailsToLoadWhenItsNameIsOutsideMemory) {
    tests::HookHost host;
    EXPECT_ERROR_SAYING(host.load(R"((module (memory (export "memory") 1)
        (func (export "get_name") (result i64) (i64.const 0xFFFFFFF0_00000020))
        (func (export "malloc") (param i32) (result i32) (i32.const 4096))
        (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0))))"),
                        ErrorCode::guest_error,
                        HasSubstr("get_name answered 32 bytes at 4294967280"));
}

TEST(HookPlugin, RunsACommandsStartOnce) {
    tests::HookHost host;
    const auto plugin = host.load(R"((module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (global $ready (mut i32) (i32.const 0))
        (func (export "_start") (global.set $ready (i32.const 1)) (call $exit (i32.const 0)))
        (func (export "malloc") (param i32) (result i32) (i32.const 4096))
        (func (export "pre_hook") (param i32 i32) (result i64)
          (if (i32.eqz (global.get $ready)) (then (unreachable)))
          (i64.const 0))))");
    InstancePool pool(plugin);
    EXPECT_EQ(call_hook(pool, Phase::pre), "");
}

TEST(HookPlugin, RemembersHowItWantsChunks) {
    tests::HookHost host;
    const auto plugin = host.load_guest("hook_echo");
    EXPECT_EQ(plugin->chunk_form(), ChunkForm::unknown);
    plugin->remember(ChunkForm::base64);
    EXPECT_EQ(plugin->chunk_form(), ChunkForm::base64);
}

}  // namespace
}  // namespace sluice::hooks
