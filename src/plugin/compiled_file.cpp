#include "plugin/compiled_file.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <string>

namespace sluice {
namespace {

constexpr std::string_view magic = "SLUICEC\n";
constexpr std::uint32_t format_version = 2;

class Writer {
  public:
    template <std::unsigned_integral Number>
    void number(Number value) {
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    void block(ByteView bytes) {
        number(std::uint64_t{bytes.size()});
        raw(bytes);
    }
    Bytes take() { return std::move(bytes_); }

  private:
    Bytes bytes_{};
};

/// Takes a file's parts off its front. `damaged` is thrown when it has too few bytes.
class Reader {
  public:
    Reader(ByteView rest, const Error& damaged) : rest_(rest), damaged_(damaged) {}

    template <std::unsigned_integral Number>
    Number number() {
        Number value = 0;
        const ByteView bytes = raw(sizeof(Number));
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            value |= static_cast<Number>(std::to_integer<Number>(bytes[i]) << (8 * i));
        return value;
    }
    ByteView raw(std::uint64_t size) {
        if (size > rest_.size()) throw damaged_;
        const ByteView bytes = rest_.first(size);
        rest_ = rest_.subspan(size);
        return bytes;
    }
    ByteView block() { return raw(number<std::uint64_t>()); }
    wasm::Digest digest() {
        wasm::Digest digest{};
        std::ranges::copy(raw(digest.size()), digest.begin());
        return digest;
    }
    ByteView rest() const noexcept { return rest_; }

  private:
    ByteView rest_;
    const Error& damaged_;
};

Error refusal(std::string_view name, std::string_view why) {
    return {ErrorCode::invalid_input, fmt::format("{}: {}", name, why)};
}

}  // namespace

bool is_compiled_file(ByteView bytes) noexcept {
    return as_text(bytes).starts_with(magic);
}

void refuse_compiled(std::string_view name, ByteView bytes) {
    if (!is_compiled_file(bytes)) return;
    throw refusal(name,
                  "is compiled code and no WebAssembly; CompiledPlugin::load takes it, and `sluice "
                  "call` when its name ends in .cwasm");
}

Bytes write_compiled_file(const CompiledFile& file) {
    Writer content;
    content.block(as_bytes(file.engine));
    content.block(as_bytes(file.fingerprint));
    content.raw(file.kernel);
    content.number(static_cast<std::uint32_t>(file.modules.size()));
    for (const CompiledModule& module : file.modules) {
        content.block(as_bytes(module.name));
        content.raw(module.wasm);
        content.block(as_bytes(module.merged_library));
        content.block(module.image);
    }
    const Bytes bytes = content.take();
    Writer whole;
    whole.raw(as_bytes(magic));
    whole.number(format_version);
    whole.number(std::uint64_t{bytes.size()});
    whole.raw(wasm::sha256({bytes}));
    whole.raw(bytes);
    return whole.take();
}

CompiledFile read_compiled_file(std::string_view name, ByteView bytes) {
    if (!is_compiled_file(bytes))
        throw refusal(name, "is not a file of compiled code; `sluice compile` makes them");
    const Error cut = refusal(name, "is cut off; copy it again, or compile it again");
    Reader head(bytes.subspan(magic.size()), cut);
    const auto version = head.number<std::uint32_t>();
    if (version != format_version)
        throw refusal(name, fmt::format("has the format {}, and this version reads {}; compile it "
                                        "again",
                                        version, format_version));
    const auto size = head.number<std::uint64_t>();
    const wasm::Digest digest = head.digest();
    const ByteView content = head.raw(size);
    const Error damaged = refusal(name, "is damaged; copy it again, or compile it again");
    if (!head.rest().empty() || wasm::sha256({content}) != digest) throw damaged;

    Reader reader(content, damaged);
    CompiledFile file;
    file.engine = as_text(reader.block());
    file.fingerprint = as_text(reader.block());
    file.kernel = reader.digest();
    const auto modules = reader.number<std::uint32_t>();
    for (std::uint32_t i = 0; i < modules; ++i) {
        CompiledModule module;
        module.name = as_text(reader.block());
        module.wasm = reader.digest();
        module.merged_library = as_text(reader.block());
        module.image = reader.block();
        file.modules.push_back(module);
    }
    if (modules == 0 || !reader.rest().empty()) throw damaged;
    return file;
}

}  // namespace sluice
