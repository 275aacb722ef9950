#include "wasm/merged_library.hpp"

#include "wasm/failure.hpp"
#include "wasm/handles.hpp"
#include "wasm/image_file.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::wasm {
namespace {

/// Of engine/src/merge.rs: goes up when it makes other modules of the same guests.
constexpr std::string_view version = "1";

sluice_bytes_t lend(ByteView bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

ByteView view(const ByteVector& bytes) {
    return sluice::as_bytes(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace

bool is_binary(ByteView wasm) noexcept {
    constexpr std::array magic{std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};
    return wasm.size() >= magic.size() && std::ranges::equal(wasm.first(magic.size()), magic);
}

Bytes to_binary(std::string_view name, ByteView wasm) {
    if (is_binary(wasm)) return {wasm.begin(), wasm.end()};
    ByteVector binary;
    check(wasmtime_wat2wasm(reinterpret_cast<const char*>(wasm.data()), wasm.size(), binary.out()),
          ErrorCode::invalid_input,
          fmt::format("plug-in {}: neither a WebAssembly module nor its text", name));
    const ByteView bytes = view(binary);
    return {bytes.begin(), bytes.end()};
}

MergedLibrary::MergedLibrary(std::string name, std::string prefix, ByteView wasm)
    : name_(std::move(name)), prefix_(std::move(prefix)), wasm_(to_binary(name_, wasm)) {
    constexpr std::string_view separator("\0", 1);
    id_ = hex(sha256({as_bytes(version), as_bytes(separator), as_bytes(name_), as_bytes(separator),
                      as_bytes(prefix_), as_bytes(separator), wasm_}));
}

std::optional<Bytes> MergedLibrary::merge(ByteView guest) const {
    const sluice_bytes_t module = lend(guest);
    const sluice_bytes_t library = lend(wasm_);
    const sluice_bytes_t name = lend(as_bytes(name_));
    const sluice_bytes_t prefix = lend(as_bytes(prefix_));
    ByteVector out;
    const bool merged = sluice_merge(&module, &library, &name, &prefix, out.out());
    const ByteView bytes = view(out);
    if (merged) return Bytes(bytes.begin(), bytes.end());
    if (!bytes.empty()) spdlog::debug("{} is not linked into a module: {}", name_, as_text(bytes));
    return std::nullopt;
}

}  // namespace sluice::wasm
