#pragma once

#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>

namespace sluice::tests {

/// What a host call gave its guest: the number, and the text that it could read then.
struct HostAnswer {
    std::int64_t code = 0;
    std::string text{};

    bool operator==(const HostAnswer&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const HostAnswer& answer) {
        return out << answer.code << " \"" << answer.text << '"';
    }
    /// As a guest of host_guest() answers.
    static HostAnswer of(std::string_view answer) {
        HostAnswer read;
        if (answer.size() < sizeof read.code) return {.code = -99, .text = "no answer"};
        std::memcpy(&read.code, answer.data(), sizeof read.code);
        read.text = answer.substr(sizeof read.code);
        return read;
    }
};

/// Text with the imports of the host calls that stand in it.
inline std::string host_imports(std::string_view text) {
    struct Import {
        std::string_view name;
        std::string_view type;
    };
    constexpr Import all[] = {
        {"result_length", "(result i32)"},
        {"result_read", "(param i32 i32) (result i32)"},
        {"log", "(param i32 i32 i32)"},
        {"config_get", "(param i32 i32) (result i64)"},
        {"clock_ms", "(result i64)"},
        {"random", "(param i32 i32) (result i64)"},
        {"metric_add", "(param i32 i32 i32 i32 f64) (result i64)"},
        {"metric_set", "(param i32 i32 i32 i32 f64) (result i64)"},
        {"var_get", "(param i32 i32) (result i64)"},
        {"var_set", "(param i32 i32 i32 i32 i64) (result i64)"},
        {"var_delete", "(param i32 i32) (result i64)"},
        {"var_compare_and_swap", "(param i32 i32 i32 i32 i32 i32 i64) (result i64)"},
        {"var_add", "(param i32 i32 i64 i64) (result i64)"},
        {"http_request", "(param i32 i32 i32 i32) (result i64)"},
        {"llm_call", "(param i32 i32) (result i64)"},
    };
    std::string imports;
    for (const Import& each : all) {
        const std::string call = "(call $" + std::string(each.name) + " ";
        const std::string bare = "(call $" + std::string(each.name) + ")";
        if (text.find(call) == std::string_view::npos && text.find(bare) == std::string_view::npos)
            continue;
        imports += "  (import \"sluice\" \"" + std::string(each.name) + "\" (func $" +
                   std::string(each.name) + " " + std::string(each.type) + "))\n";
    }
    return imports;
}

/// A guest whose `pre_hook` makes host calls and answers with what the last one gave, see
/// HostAnswer. `body` leaves that call's number, an i64; `more` are fields: other exports, and data
/// from address 1024.
inline std::string host_guest(std::string_view body, std::string_view more) {
    const std::string text = std::string(R"(
  (memory (export "memory") 8)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func $report (param $code i64) (result i64)
    (i64.store (i32.const 131072) (local.get $code))
    (i64.or (i64.const 0x2000000000000)
            (i64.extend_i32_u (i32.add (i32.const 8)
              (call $result_read (i32.const 131080) (i32.const 60000))))))
  (func (export "pre_hook") (param $input i32) (param $size i32) (result i64)
    (call $report )") + std::string(body) +
                             "))\n" + std::string(more);
    return "(module\n" + host_imports(text) + text + ")\n";
}

}  // namespace sluice::tests
