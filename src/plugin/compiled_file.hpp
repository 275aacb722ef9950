#pragma once

#include "wasm/image_file.hpp"

#include <sluice/bytes.hpp>

#include <string_view>
#include <vector>

namespace sluice {

/// One module of a file of compiled code.
struct CompiledModule {
    std::string_view name{};
    wasm::Digest wasm{};                ///< of the WebAssembly that it was compiled from
    std::string_view merged_library{};  ///< wasm::Module::merged_library of it
    ByteView image{};                   ///< native code, as wasm::Module::image() gives it
};

/// What a file of compiled code (`.cwasm`) says of itself, and its modules.
///
/// The file: "SLUICEC\n"; its version; the length of what follows the digest; a SHA-256 of that;
/// then engine, fingerprint and kernel, the number of modules, and each of them. Numbers are little
/// endian, 4 bytes for version and counts, 8 for lengths; a length stands before every text and
/// image. Lifetime: views of the file's bytes.
struct CompiledFile {
    std::string_view engine{};       ///< name and version
    std::string_view fingerprint{};  ///< of version, settings and CPU: wasm::Engine::fingerprint
    wasm::Digest kernel{};           ///< of the kernel that the code was compiled for
    std::vector<CompiledModule> modules{};  ///< each behind those that it imports from; main last
};

/// Whether `bytes` begin like a file of compiled code.
bool is_compiled_file(ByteView bytes) noexcept;

/// Errors: \throws Error invalid_input when `bytes` are that, where WebAssembly is wanted: nobody
/// runs native code by mistake. `name` is the plug-in's.
void refuse_compiled(std::string_view name, ByteView bytes);

Bytes write_compiled_file(const CompiledFile& file);

/// Reads what write_compiled_file() wrote. `name` is what messages call it.
/// Errors: \throws Error invalid_input when it is no such file, of another version, cut or damaged.
CompiledFile read_compiled_file(std::string_view name, ByteView bytes);

}  // namespace sluice
