#include <sluice/plugin.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sluice;

constexpr std::size_t locals = 6;
constexpr std::size_t most_steps = 64;

/// Takes numbers off the input; 0 when it is used up.
class Source {
  public:
    explicit Source(ByteView bytes) : rest_(bytes) {}
    unsigned next() {
        if (rest_.empty()) return 0;
        const auto value = std::to_integer<unsigned>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }
    bool empty() const { return rest_.empty(); }
    ByteView rest() const { return rest_; }

  private:
    ByteView rest_;
};

std::string get(unsigned number) {
    return fmt::format("(local.get {})", number % locals);
}

/// An address: a local, mostly with a small offset, at times a wild one.
std::string place(Source& source) {
    const unsigned base = source.next();
    const unsigned offset = source.next();
    if (offset >= 250) return fmt::format("(i64.const {})", -static_cast<int>(offset - 248));
    return fmt::format("(i64.add {} (i64.const {}))", get(base), offset % 24);
}

std::string set(unsigned number, std::string_view value) {
    return fmt::format("(local.set {} {})\n", number % locals, value);
}

/// One call of the kernel's, or a little arithmetic, or a loop around some of them.
std::string step(Source& source, int depth) {
    const unsigned to = source.next();
    switch (source.next() % 22) {
        case 0:
            return set(to, fmt::format("(call $alloc {})", get(source.next())));
        case 1:
            return set(to, fmt::format("(call $alloc (i64.const {}))", source.next() * 9));
        case 2:
            return fmt::format("(call $free {})\n", place(source));
        case 3:
            return set(to, fmt::format("(call $length {})", place(source)));
        case 4:
            return set(to, fmt::format("(i64.extend_i32_u (call $load_u8 {}))", place(source)));
        case 5:
            return set(to, fmt::format("(call $load_u64 {})", place(source)));
        case 6: {
            const std::string at = place(source);
            return fmt::format("(call $store_u8 {} (i32.wrap_i64 {}))\n", at, get(source.next()));
        }
        case 7: {
            const std::string at = place(source);
            return fmt::format("(call $store_u64 {} {})\n", at, get(source.next()));
        }
        case 8:
            return set(to, "(call $input_offset)");
        case 9:
            return set(to, "(call $input_length)");
        case 10:
            return set(to,
                       fmt::format("(i64.extend_i32_u (call $input_load_u8 {}))", place(source)));
        case 11:
            return set(to, fmt::format("(call $input_load_u64 {})", place(source)));
        case 12: {
            const std::string at = place(source);
            return fmt::format("(call $input_set {} {})\n", at, get(source.next()));
        }
        case 13: {
            const std::string at = place(source);
            return fmt::format("(call $output_set {} {})\n", at, get(source.next()));
        }
        case 14:
            return set(to, "(i64.add (call $output_offset) (call $output_length))");
        case 15:
            return fmt::format("(call $error_set {})\n", place(source));
        case 16:
            return source.next() % 8 == 0 ? "(call $reset)\n" : set(to, "(call $error_get)");
        case 17: {
            const std::string key = get(source.next());
            return fmt::format("(call $var_set {} {})\n", key, get(source.next()));
        }
        case 18:
            return set(to, fmt::format("(call $var_get {})", get(source.next())));
        case 19:
            return set(to, fmt::format("(call $config_get {})", get(source.next())));
        case 20: {
            if (depth > 1) return set(to, "(call $memory_bytes)");
            std::string body = step(source, depth + 1);
            body += step(source, depth + 1);
            return fmt::format(
                "(local.set {0} (i64.const {1}))\n(loop\n{2}"
                "(br_if 0 (i64.ne (i64.const 0) (local.tee {0} (i64.sub (local.get {0}) "
                "(i64.const 1))))))\n",
                locals + static_cast<std::size_t>(depth), source.next() % 5 + 1, body);
        }
        default:
            return set(to, fmt::format("(i64.const {})", source.next()));
    }
}

/// A guest whose function makes the calls that the input names and gives all of its locals, and
/// what lies below them, as output.
std::string guest_of(Source& source) {
    std::string text = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "load_u64" (func $load_u64 (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "input_set" (func $input_set (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "output_offset" (func $output_offset (result i64)))
  (import "extism:host/env" "output_length" (func $output_length (result i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "error_get" (func $error_get (result i64)))
  (import "extism:host/env" "reset" (func $reset))
  (import "extism:host/env" "memory_bytes" (func $memory_bytes (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
  (func (export "run") (result i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64)
)";
    const bool shows_all = source.next() % 4 != 0;
    for (std::size_t i = 0; i < most_steps && !source.empty(); ++i) text += step(source, 0);
    if (shows_all) {
        text += "(local.set 7 (call $alloc (i64.const 56)))\n";
        for (std::size_t i = 0; i < locals + 1; ++i)
            text += fmt::format(
                "(call $store_u64 (i64.add (local.get 7) (i64.const {})) (local.get {}))\n", i * 8,
                i);
        text += "(call $output_set (i64.const 16) (i64.add (local.get 7) (i64.const 40)))\n";
    }
    return text + "(i32.wrap_i64 (local.get 0))))";
}

/// What a call showed to its host.
struct Seen {
    int status = 0;
    std::string said{};
    std::string output{};
    std::string fault{};
    bool operator==(const Seen&) const = default;
};

Seen call(Plugin& plugin, ByteView input) {
    try {
        const CallResult result = plugin.try_call("run", input);
        // A trap's text has the names and numbers of functions, which fusion may change.
        return {result.status, result.said, std::string(as_text(result.output)),
                result.fault ? std::to_string(static_cast<int>(result.fault->code())) : ""};
    } catch (const Error& error) {
        return {.fault = error.what()};
    }
}

}  // namespace

/// Property: a guest gives the same results, errors, output and variables, and leaves the same
/// bytes in the exchange memory, whether the kernel is linked into it or stands beside it. Input:
/// the calls that a guest makes; the guest's own input are the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const Runtime runtime;
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    Source source(input);
    const std::string text = guest_of(source);
    Manifest manifest = Manifest::bytes(as_bytes(text), "guest");
    manifest.memory.max_pages = 32;
    manifest.config = {{"key", "value"}};
    std::array<std::vector<Seen>, 2> seen;
    for (const bool fused : {false, true}) {
        Plugin plugin(CompiledPlugin(runtime, manifest, {.fusion = fused}));
        std::vector<Seen>& calls = seen[fused ? 1 : 0];
        calls.push_back(call(plugin, input));
        calls.push_back(call(plugin, as_bytes("another input")));  // with the first one's variables
    }
    if (seen[0] != seen[1]) std::abort();
    return 0;
}
