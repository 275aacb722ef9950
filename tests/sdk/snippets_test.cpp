/// The snippets of docs/sdk.md, run. tests/sdk/check_snippets.py compares them with the page, and
/// the program that holds them knows the public headers and libsluice.so, nothing else of ours.
#include "files.hpp"

#include <gtest/gtest.h>

#include <sluice/plugin.hpp>
#include <sluice/plugin_pool.hpp>
#include <sluice/waiting_function.hpp>

#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

namespace {

/// In a folder with the files that the snippets name.
class Snippets : public testing::Test {
  protected:
    Snippets() {
        std::filesystem::current_path(folder_.path());
        for (const std::string name : {"greet", "weather"})
            std::ofstream(name + ".wasm") << sluice::tests::guest("greet");
    }
    ~Snippets() override { std::filesystem::current_path(before_); }

  private:
    std::filesystem::path before_ = std::filesystem::current_path();
    sluice::tests::TemporaryFolder folder_{};
};

std::string text(sluice::ByteView bytes) {
    return std::string(sluice::as_text(bytes));
}

/// A store of the host's, for the snippet about host functions.
struct Store {
    std::map<std::string, std::string, std::less<>> entries{{"colour", "blue"}};
    std::optional<std::string> find(std::string_view key) const {
        const auto found = entries.find(key);
        return found == entries.end() ? std::nullopt : std::optional(found->second);
    }
};

TEST_F(Snippets, CompileOnceRunOften) {
    const auto print_line = [](sluice::LogLevel, std::string_view) {};
    // clang-format off
    const sluice::Runtime runtime({.image_cache = "images"});  // may be left out
    sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    manifest.config["greeting"] = "Hallo";
    manifest.timeout = std::chrono::milliseconds(10'000);
    const sluice::CompiledPlugin greet(runtime, manifest, {.log = print_line});

    sluice::Plugin one(greet);
    sluice::Plugin other(greet);
    // clang-format on
    EXPECT_EQ(text(one.call("greet")), "Hallo");
    EXPECT_EQ(text(other.call("greet")), "Hallo");
    EXPECT_TRUE(std::filesystem::exists("images"));
}

TEST_F(Snippets, CompileHereRunThere) {
    const sluice::Runtime runtime;
    const sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    // clang-format off
    sluice::CompiledPlugin(runtime, manifest).save("plugin.cwasm");

    sluice::Manifest rights;  // lists no modules: what the plug-in may do is said where it runs
    rights.allowed_hosts = {"api.example.com"};
    sluice::Plugin plugin(sluice::CompiledPlugin::load(runtime, "plugin.cwasm", rights));
    // clang-format on
    EXPECT_EQ(text(plugin.call("greet")), "");
}

TEST_F(Snippets, Manifests) {
    // clang-format off
    const sluice::Manifest manifest = sluice::Manifest::from_json(R"({
      "wasm": [
        {"path": "lib.wasm", "name": "lib"},
        {"url": "https://example.com/main.wasm", "name": "main", "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
      ],
      "memory": {"max_pages": 64, "max_var_bytes": 65536, "max_http_response_bytes": 1048576},
      "config": {"greeting": "Hallo"},
      "allowed_hosts": ["api.example.com"],
      "allowed_paths": {"ro:/srv/data": "/data"},
      "timeout_ms": 500
    })");
    // clang-format on
    EXPECT_EQ(manifest.wasm.size(), 2U);
    EXPECT_EQ(manifest.allowed_paths.at("ro:/srv/data"), "/data");
    EXPECT_EQ(manifest.timeout, std::chrono::milliseconds(500));
}

TEST_F(Snippets, HostFunctions) {
    const Store store;
    const sluice::Manifest manifest = sluice::Manifest::bytes(sluice::as_bytes(R"((module
      (import "extism:host/user" "kv_read" (func $read (param i64) (result i64)))
      (import "extism:host/user" "now" (func $now (result i64)))
      (import "extism:host/env" "input_offset" (func $input (result i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))
      (import "extism:host/env" "output_set" (func $output (param i64 i64)))
      (func (export "look_up") (result i32) (local $h i64)
        (local.set $h (call $read (call $input)))
        (call $output (local.get $h) (call $length (local.get $h)))
        (i64.eqz (call $now)))))"));
    // clang-format off
    sluice::PluginOptions options;
    options.functions = {
        sluice::host_function("kv_read", [&store](std::string_view key) -> std::optional<std::string> {
            return store.find(key);  // nothing becomes the handle 0
        }),
        sluice::host_function("now", [](sluice::CurrentPlugin& plugin) -> std::int64_t {
            plugin.log(sluice::LogLevel::debug, "was asked for the time");
            return std::time(nullptr);
        }),
    };
    const sluice::CompiledPlugin compiled(manifest, options);
    // clang-format on
    sluice::Plugin plugin(compiled);
    EXPECT_EQ(text(plugin.call("look_up", sluice::as_bytes("colour"))), "blue");
    EXPECT_EQ(text(plugin.call("look_up", sluice::as_bytes("size"))), "");
}

TEST_F(Snippets, HostFunctionsThatAnswerLater) {
    struct {
        std::string ask(const std::string& question, const std::stop_token&) const {
            return question == "2 + 2" ? "4" : "what?";
        }
    } model;
    struct {
        void submit(std::function<void()> job) { thread = std::jthread(std::move(job)); }
        std::jthread thread{};
    } workers;
    const sluice::Manifest manifest = sluice::Manifest::bytes(sluice::as_bytes(R"((module
      (import "extism:host/user" "ask" (func $ask (param i64) (result i64)))
      (import "extism:host/env" "input_offset" (func $input (result i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))
      (import "extism:host/env" "output_set" (func $output (param i64 i64)))
      (func (export "think") (local $h i64)
        (local.set $h (call $ask (call $input)))
        (call $output (local.get $h) (call $length (local.get $h))))))"));
    sluice::PluginOptions options;
    options.functions.push_back(
        // clang-format off
sluice::waiting_host_function(
    "ask",
    [&](std::string question, sluice::Completion<std::string> answer) {
        workers.submit([=] { answer(model.ask(question, answer.abandoned())); });
    },
    {.limit = std::chrono::seconds(10)})
        // clang-format on
    );
    sluice::Plugin plugin(manifest, options);
    EXPECT_EQ(text(plugin.call("think", sluice::as_bytes("2 + 2"))), "4");
}

TEST_F(Snippets, Pools) {
    sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    manifest.config["greeting"] = "Hallo";
    const sluice::CompiledPlugin compiled(manifest);
    const sluice::ByteView input;
    // clang-format off
    sluice::PluginPool pool(compiled, 8);
    const auto plugin = pool.take();
    const sluice::ByteView output = plugin->call("greet", input);
    // clang-format on
    EXPECT_EQ(text(output), "Hallo");
}

TEST_F(Snippets, HttpFromPlugins) {
    // clang-format off
    sluice::Manifest manifest = sluice::Manifest::file("weather.wasm");
    manifest.allowed_hosts = {"api.example.com", "*.weather.example", "{eu,us}.example.org"};
    manifest.memory.max_http_response_bytes = 1 << 20;
    sluice::Plugin weather(manifest, {.http_response_headers = true});
    // clang-format on
    EXPECT_TRUE(weather.function_exists("greet"));
}

TEST_F(Snippets, AnHttpClientOfOnesOwn) {
    // clang-format off
    sluice::PluginOptions options;
    options.http = [](const sluice::HttpRequest&, const sluice::HttpLimits&) {
        return sluice::HttpResponse{.status = 204};
    };
    // clang-format on
    sluice::Manifest manifest = sluice::Manifest::bytes(sluice::as_bytes(R"((module
      (import "extism:host/env" "input_offset" (func $input (result i64)))
      (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
      (import "extism:host/env" "http_status_code" (func $status (result i32)))
      (func (export "ask") (result i32)
        (drop (call $http (call $input) (i64.const 0))) (call $status))))"));
    manifest.allowed_hosts = {"api.example.com"};
    sluice::Plugin plugin(manifest, options);
    const auto request = sluice::as_bytes(R"({"url": "http://api.example.com/"})");
    EXPECT_EQ(plugin.try_call("ask", request).status, 204);
}

TEST_F(Snippets, ObservingPlugins) {
    sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    manifest.config["greeting"] = "Hallo";
    const sluice::ByteView input;
    // clang-format off
    const auto adapter = std::make_shared<sluice::observe::OtlpAdapter>(
        sluice::observe::OtlpOptions{.url = "http://127.0.0.1:4318/v1/traces"});
    const sluice::observe::TraceContext context{.attributes = {{"tenant", "seven"}}};
    sluice::Plugin plugin(sluice::CompiledPlugin(manifest, {.observer = adapter}));
    plugin.call("greet", input, {.trace = &context});
    // clang-format on
    adapter->flush();
    EXPECT_LE(adapter->dropped(), 1U) << "dropped where no collector listens";
}

TEST_F(Snippets, Profiles) {
    const sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    const sluice::ByteView input;
    // clang-format off
    const auto profile = std::make_shared<sluice::Profile>();
    sluice::Plugin plugin(sluice::CompiledPlugin(manifest, {.profile = profile}));
    for (int i = 0; i < 1000; ++i) plugin.call("greet", input);
    std::ofstream("flames.html") << profile->flame_graph("greet");
    // clang-format on
    EXPECT_EQ(sluice::tests::read_file("flames.html").find("<!doctype html>"), 0U);
}

TEST_F(Snippets, EverythingThatACallLeft) {
    sluice::Plugin plugin(sluice::Manifest::file("greet.wasm"));
    std::ostringstream printed;
    std::streambuf* const before = std::cout.rdbuf(printed.rdbuf());
    // clang-format off
    const sluice::CallResult result = plugin.try_call("greet", sluice::as_bytes("Ada"));
    if (result.fault) std::cerr << result.fault->what() << '\n';  // trap, timeout, cancelled, memory_limit
    else std::cout << result.status << ' ' << result.said << ' ' << sluice::as_text(result.output) << '\n';
    // clang-format on
    std::cout.rdbuf(before);
    EXPECT_EQ(printed.str(), "0  \n");
}

TEST_F(Snippets, Fuel) {
    const sluice::Manifest manifest = sluice::Manifest::file("greet.wasm");
    std::ostringstream printed;
    std::streambuf* const before = std::cerr.rdbuf(printed.rdbuf());
    // clang-format off
    sluice::Plugin plugin(manifest, {.fuel = 10'000'000});
    const sluice::CallResult result = plugin.try_call("greet", sluice::as_bytes("Ada"), {.fuel = 50'000});
    std::cerr << "used " << result.fuel_used.value_or(0) << " of 50000\n";
    // clang-format on
    std::cerr.rdbuf(before);
    EXPECT_TRUE(printed.str().starts_with("used "));
    EXPECT_FALSE(result.fault);
}

TEST_F(Snippets, ErrorsCrossTheBorderOfTheLibrary) {
    sluice::Plugin plugin(sluice::Manifest::file("greet.wasm"));
    EXPECT_THROW(plugin.call("missing"), sluice::Error);
    EXPECT_THROW(sluice::Manifest::from_json("{"), sluice::Error);
}

}  // namespace
