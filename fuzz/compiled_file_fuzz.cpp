#include "plugin/compiled_file.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using namespace sluice;

std::optional<CompiledFile> read(ByteView bytes) {
    try {
        return read_compiled_file("file.cwasm", bytes);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_input) std::abort();
        if (!std::string_view(error.what()).starts_with("file.cwasm: ")) std::abort();
        return std::nullopt;
    }
}

/// `content` as it stands in a file: with a head and a digest that fit it.
Bytes whole(ByteView content) {
    // An empty list of modules is never read, but its head is what every file begins with.
    Bytes file = write_compiled_file({});
    constexpr std::size_t version_end = 12;
    file.resize(version_end);
    for (unsigned shift = 0; shift < 64; shift += 8)
        file.push_back(static_cast<std::byte>(std::uint64_t{content.size()} >> shift));
    const wasm::Digest digest = wasm::sha256({content});
    file.insert(file.end(), digest.begin(), digest.end());
    file.insert(file.end(), content.begin(), content.end());
    return file;
}

}  // namespace

/// Property: bytes are refused with an Error that names the file, or they are what writing the
/// content again gives. Read as a file, and as the content of one whose digest is right.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const ByteView input = as_bytes({reinterpret_cast<const char*>(data), size});
    const Bytes around = whole(input);
    for (const ByteView file : {input, ByteView(around)}) {
        const std::optional<CompiledFile> content = read(file);
        if (!content) continue;
        if (!is_compiled_file(file) || content->modules.empty()) std::abort();
        if (!std::ranges::equal(write_compiled_file(*content), file)) std::abort();
    }
    return 0;
}
