#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "http_server.hpp"
#include "plugins.hpp"

#include <cstdint>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StrEq;

constexpr std::string_view answers_seven =
    R"((module (func (export "run") (result i32) (i32.const 0))))";

/// What is wrong with a manifest; empty when nothing is.
std::string refusal(std::string_view json, const ManifestRules& rules = {}) {
    try {
        Manifest::from_json(json, rules);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_input);
        return error.what();
    }
}

TEST(ManifestJson, ReadsEveryKey) {
    const Manifest read = Manifest::from_json(R"({
      "wasm": [{"path": "a.wasm", "name": "a"},
               {"data": "AGFzbQ==", "hash": ")" +
                                              std::string(64, 'a') + R"("},
               {"url": "https://host/b.wasm", "method": "POST", "headers": {"X-Key": "1"}}],
      "memory": {"max_pages": 5, "max_http_response_bytes": 6, "max_var_bytes": 0},
      "config": {"a": "1", "b": ""},
      "allowed_hosts": ["*.example.com"],
      "allowed_paths": {"ro:/etc/data": "/data"},
      "timeout_ms": 250})");
    ASSERT_EQ(read.wasm.size(), 3U);
    EXPECT_EQ(std::get<WasmFile>(read.wasm[0]).path, "a.wasm");
    EXPECT_EQ(std::get<WasmFile>(read.wasm[0]).name, "a");
    EXPECT_EQ(as_text(std::get<WasmBytes>(read.wasm[1]).bytes), std::string_view("\0asm", 4));
    EXPECT_EQ(std::get<WasmBytes>(read.wasm[1]).hash, std::string(64, 'a'));
    EXPECT_EQ(std::get<WasmUrl>(read.wasm[2]).url, "https://host/b.wasm");
    EXPECT_EQ(std::get<WasmUrl>(read.wasm[2]).method, "POST");
    EXPECT_EQ(std::get<WasmUrl>(read.wasm[2]).headers.at("X-Key"), "1");
    EXPECT_EQ(read.memory.max_pages, 5U);
    EXPECT_EQ(read.memory.max_http_response_bytes, 6U);
    EXPECT_EQ(read.memory.max_var_bytes, 0U);
    EXPECT_EQ(read.config.at("b"), "");
    EXPECT_EQ(read.allowed_hosts, std::vector<std::string>{"*.example.com"});
    EXPECT_EQ(read.allowed_paths.at("ro:/etc/data"), "/data");
    EXPECT_EQ(read.timeout, 250ms);
}

TEST(ManifestJson, KeepsDefaultsForWhatIsAbsentOrNull) {
    const Manifest defaults;
    const Manifest read = Manifest::from_json(
        R"({"wasm":[{"path":"a","name":null,"hash":null}],"memory":{"max_pages":null},)"
        R"("allowed_hosts":null,"allowed_paths":null,"timeout_ms":null})");
    EXPECT_EQ(read.memory.max_pages, defaults.memory.max_pages);
    EXPECT_EQ(read.memory.max_http_response_bytes, 50U << 20);
    EXPECT_EQ(read.memory.max_var_bytes, 1U << 20);
    EXPECT_TRUE(read.allowed_hosts.empty());
    EXPECT_EQ(read.timeout, defaults.timeout);
    Manifest own;
    own.timeout = 7ms;
    EXPECT_EQ(Manifest::from_json(R"({"wasm":[{"path":"a"}]})", {}, own).timeout, 7ms);
}

TEST(ManifestJson, NamesLineAndPathOfWhatIsWrong) {
    EXPECT_EQ(refusal("{\n\"wasm\": [{\"path\": \"a\", \"url\": \"b\"}]}"),
              "manifest:2: wasm[0]: must have exactly one of path, data and url");
    EXPECT_THAT(refusal(R"({"wasm":[{}]})"), HasSubstr("wasm[0]: must have exactly one of"));
    EXPECT_THAT(refusal(R"({"wasm":[]})"), HasSubstr("wasm: must have at least one module"));
    EXPECT_THAT(refusal("{}"), HasSubstr("wasm: is missing"));
    EXPECT_THAT(refusal(R"({"wasm":[{"data":"%%"}]})"), HasSubstr("wasm[0].data: must be"));
    EXPECT_THAT(refusal(R"({"wasm":[{"path":"a","hash":"abc"}]})"), HasSubstr("wasm[0].hash"));
    EXPECT_THAT(refusal(R"({"wasm":[{"path":"a"}],"config":{"a":1}})"), HasSubstr("config.a"));
    EXPECT_THAT(refusal(R"({"wasm":[{"path":"a"}],"memory":{"max_page":1}})"),
                HasSubstr("did you mean \"max_pages\"?"));
    EXPECT_THAT(refusal(R"({"wasm":[{"path":"a"}],"timeout_ms":-1})"), HasSubstr("timeout_ms"));
    EXPECT_THAT(refusal("(module)"), HasSubstr("manifest:1:1: not valid JSON"));
}

TEST(ManifestJson, PassesOverUnknownKeysWhenTheRulesSaySo) {
    const std::string_view json = R"({"wasm":[{"path":"a","new":1}],"newer":{}})";
    EXPECT_THAT(refusal(json), HasSubstr("unknown key"));
    EXPECT_EQ(refusal(json, {.ignore_unknown_keys = true}), "");
}

TEST(ManifestJson, ReadsAddressesOnlyWhenTheRulesSaySo) {
    const auto address = reinterpret_cast<std::uintptr_t>(answers_seven.data());
    const std::string json = R"({"wasm":[{"data":{"ptr":)" + std::to_string(address) +
                             R"(,"len":)" + std::to_string(answers_seven.size()) + "}}]}";
    EXPECT_THAT(refusal(json), HasSubstr("addresses are not read here"));
    const Manifest read = Manifest::from_json(json, {.allow_addresses = true});
    EXPECT_EQ(as_text(std::get<WasmBytes>(read.wasm[0]).bytes), answers_seven);
}

TEST(ManifestJson, IsRefusedAtEveryCut) {
    const std::string json =
        R"({"wasm":[{"data":"AGFzbQ==","name":"a"}],"config":{"a":"b"},"timeout_ms":5})";
    EXPECT_EQ(refusal(json), "");
    for (std::size_t cut = 0; cut < json.size(); ++cut)
        EXPECT_NE(refusal(json.substr(0, cut)), "") << "cut at " << cut;
}

TEST(ManifestModule, IsRefusedWhenItsHashIsAnother) {
    Manifest manifest;
    manifest.wasm.emplace_back(
        WasmBytes{.bytes = Bytes(as_bytes(answers_seven).begin(), as_bytes(answers_seven).end()),
                  .name = "seven",
                  .hash = std::string(64, '0')});
    std::string found;
    try {
        CompiledPlugin{manifest};
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_input);
        EXPECT_THAT(error.what(), HasSubstr("module seven: hash mismatch: found "));
        EXPECT_THAT(error.what(), HasSubstr("expects " + std::string(64, '0')));
        const std::string text = error.what();
        found = text.substr(text.find("found ") + 6, 64);
    }
    for (char& c : found) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    std::get<WasmBytes>(manifest.wasm[0]).hash = found;
    EXPECT_NO_THROW(CompiledPlugin{manifest}) << "either case of the digits will do";
}

TEST(ManifestModule, IsFetchedOverHttp) {
    tests::HttpServer server([](const tests::HttpServer::Request& request) {
        if (request.target == "/moved")
            return tests::response("302 Found", "", "Location: /it\r\n");
        if (request.target != "/it") return tests::response("404 Not Found");
        return tests::response("200 OK", answers_seven);
    });
    Plugin plugin(Manifest::url(server.url("/moved")));
    EXPECT_TRUE(plugin.function_exists("run"));
    EXPECT_ERROR_SAYING(Plugin(Manifest::url(server.url("/other"))), ErrorCode::unavailable,
                        HasSubstr("HTTP status 404"));
    EXPECT_ERROR_SAYING(Plugin(Manifest::url("ftp://host/x")), ErrorCode::invalid_input,
                        HasSubstr("ftp"));
}

TEST(ManifestModule, IsNamedWhenItsFileIsMissing) {
    EXPECT_ERROR_SAYING(Plugin(Manifest::file("/nowhere/x.wasm")), ErrorCode::unavailable,
                        HasSubstr("/nowhere/x.wasm"));
}

}  // namespace
}  // namespace sluice
