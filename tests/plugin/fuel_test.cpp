#include "expect_error.hpp"
#include "plugins.hpp"

#include <cstdint>
#include <limits>

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using tests::call;
using tests::manifest_of;
using tests::plugin_of;

constexpr std::string_view quick_and_endless = R"((module
    (func (export "quick"))
    (func (export "spin") (loop $again (br $again)))))";

std::uint64_t fuel_used(Plugin& plugin, std::string_view function, std::string_view input = {}) {
    return plugin.try_call(function, as_bytes(input)).fuel_used.value();
}

TEST(Fuel, EndsACallThatUsesItUpAndTheNextOneAfterAReset) {
    Plugin plugin(manifest_of("extism_text"), {.fuel = 100'000});
    call(plugin, "remember", "me");

    EXPECT_ERROR_SAYING(call(plugin, "spin"), ErrorCode::fuel_limit,
                        AllOf(HasSubstr("plug-in extism_text: `spin`"),
                              HasSubstr("ran out of fuel, of which it may use 100000")));
    EXPECT_ERROR(call(plugin, "echo", "hello"), ErrorCode::poisoned);

    plugin.reset();
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
    EXPECT_EQ(call(plugin, "recall"), "me");
}

TEST(Fuel, IsGivenToEachCallAnew) {
    const CompiledPlugin compiled(manifest_of("extism_text"), {.fuel = 1'000'000});
    Plugin plugin(compiled);
    const std::uint64_t used = fuel_used(plugin, "echo", "hello");

    for (int i = 0; i < 3; ++i) {
        const CallResult result =
            plugin.try_call("echo", as_bytes("hello"), {.fuel = used + used / 2});
        EXPECT_FALSE(result.fault);
        EXPECT_EQ(result.fuel_used, used);
    }
}

TEST(Fuel, IsUsedInTheSameAmountByTheSameWork) {
    Plugin one(manifest_of("extism_text"), {.fuel = 1'000'000});
    Plugin other(manifest_of("extism_text"), {.fuel = 2'000'000});

    const std::uint64_t used = fuel_used(one, "count_vowels", "Hello, World!");

    EXPECT_GT(used, 13U);
    EXPECT_EQ(fuel_used(other, "count_vowels", "Hello, World!"), used);
    EXPECT_GT(fuel_used(one, "count_vowels", "Hello, World! Hello, World!"), used);
}

TEST(Fuel, IsNotCountedWhereNobodyLimitsIt) {
    Plugin plugin = plugin_of(quick_and_endless);

    EXPECT_EQ(plugin.try_call("quick").fuel_used, std::nullopt);
    EXPECT_ERROR_SAYING(plugin.call("quick", {}, {.fuel = 1'000}), ErrorCode::invalid_input,
                        AllOf(HasSubstr("plug-in guest"), HasSubstr("without a fuel limit")));
    EXPECT_NO_THROW(plugin.call("quick"));
}

TEST(Fuel, MayBeAnotherForOneCall) {
    Plugin plugin = plugin_of(quick_and_endless, {.fuel = 1'000});

    EXPECT_ERROR_SAYING(plugin.call("spin", {}, {.fuel = 77}), ErrorCode::fuel_limit,
                        HasSubstr("may use 77:"));
    plugin.reset();
    EXPECT_ERROR_SAYING(plugin.call("spin"), ErrorCode::fuel_limit, HasSubstr("may use 1000:"));
}

TEST(Fuel, MayBeNoneOrAllThereIs) {
    Plugin plugin = plugin_of(quick_and_endless, {.fuel = 1'000});

    EXPECT_ERROR(plugin.call("quick", {}, {.fuel = 0}), ErrorCode::fuel_limit);
    plugin.reset();
    EXPECT_NO_THROW(plugin.call("quick", {}, {.fuel = std::numeric_limits<std::uint64_t>::max()}));
}

TEST(Fuel, EndsStartFunctionsToo) {
    Manifest manifest = manifest_of("endless_start");
    manifest.timeout = std::chrono::milliseconds::max();

    EXPECT_ERROR_SAYING(
        Plugin(std::move(manifest), {.fuel = 10'000}), ErrorCode::fuel_limit,
        AllOf(HasSubstr("failed to instantiate WASM module"), HasSubstr("may use 10000")));
}

TEST(Fuel, IsUsedByWhatHostFunctionsDoInTheGuestsMemory) {
    PluginOptions options{.fuel = 10'000};
    options.functions.push_back(host_function("greeting", [] { return std::string("hello"); }));
    Plugin plugin = plugin_of(R"((module
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (import "extism:host/user" "greeting" (func $greeting (result i64)))
        (func (export "ask") (drop (call $greeting)))))",
                              std::move(options));

    EXPECT_GT(fuel_used(plugin, "ask"), 20U);
    EXPECT_ERROR_SAYING(plugin.call("ask", {}, {.fuel = 10}), ErrorCode::fuel_limit,
                        HasSubstr("may use 10:"));
}

TEST(Fuel, IsSharedByTheModulesOfAPlugin) {
    const auto module = [](std::string_view text, std::string name) {
        return WasmBytes{.bytes = Bytes(as_bytes(text).begin(), as_bytes(text).end()),
                         .name = std::move(name)};
    };
    Plugin plugin({.wasm = {module(quick_and_endless, "lib"), module(R"((module
            (import "lib" "spin" (func $spin))
            (func (export "run") (call $spin))))",
                                                                     "main")}},
                  {.fuel = 10'000});

    EXPECT_ERROR(plugin.call("run"), ErrorCode::fuel_limit);
}

/// Code in files, with and without the means to count.
class FuelInFiles : public testing::Test {
  protected:
    CompiledPlugin load(PluginOptions options) {
        return CompiledPlugin::load(runtime_, file_, {}, std::move(options));
    }
    void save(PluginOptions options) {
        CompiledPlugin(runtime_, Manifest::bytes(as_bytes(quick_and_endless), "guest"),
                       std::move(options))
            .save(file_);
    }

    tests::TemporaryFolder folder_{};
    Runtime runtime_{{.image_cache = folder_.path() / "images"}};
    std::filesystem::path file_ = folder_.path() / "plugin.cwasm";
};

TEST_F(FuelInFiles, IsCountedByCodeThatWasSavedSo) {
    save({.fuel = 0});

    Plugin limited(load({.fuel = 500}));
    EXPECT_ERROR_SAYING(limited.call("spin"), ErrorCode::fuel_limit, HasSubstr("may use 500:"));
    Plugin unlimited(load({}));
    EXPECT_NO_THROW(unlimited.call("quick"));
    EXPECT_ERROR(unlimited.call("spin", {}, {.fuel = 50}), ErrorCode::fuel_limit);
    unlimited.reset();
    EXPECT_NO_THROW(unlimited.call("quick"));
}

TEST_F(FuelInFiles, IsRefusedByCodeThatCannotCount) {
    save({});

    EXPECT_ERROR_SAYING(load({.fuel = 500}), ErrorCode::invalid_input,
                        AllOf(HasSubstr("plug-in guest"), HasSubstr("without a fuel limit"),
                              HasSubstr("sluice compile --fuel")));
    EXPECT_NO_THROW(Plugin(load({})).call("quick"));
}

TEST_F(FuelInFiles, KeepsItsImagesApartFromThoseOfOthers) {
    const Manifest manifest = Manifest::bytes(as_bytes(quick_and_endless), "guest");
    for (int run = 0; run < 2; ++run) {
        const Runtime runtime({.image_cache = folder_.path() / "images"});
        Plugin counting(CompiledPlugin(runtime, manifest, {.fuel = 500}));
        EXPECT_ERROR(counting.call("spin"), ErrorCode::fuel_limit);
        Plugin other(CompiledPlugin(runtime, manifest));
        EXPECT_EQ(other.try_call("quick").fuel_used, std::nullopt);
    }
}

}  // namespace
}  // namespace sluice
