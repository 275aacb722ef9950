#pragma once

#include "wasm/image_file.hpp"
#include "wasm/module.hpp"

#include <filesystem>

namespace sluice::wasm {

/// Compiled images on disk, so that a second start maps code in place of compiling it.
///
/// A file is named by the SHA-256 of the wasm, the engine's fingerprint and the library that was
/// linked into it, and carries its own digest; it is written to a temporary name and renamed.
/// Damaged or foreign files are rebuilt. The folder is created with mode 0700 and refused (cache
/// off, one warning) when somebody else owns it or may write to it: an image is native code.
/// Threads: any; processes may share a folder.
class ImageCache {
  public:
    /// An empty path keeps nothing: every load() compiles.
    explicit ImageCache(std::filesystem::path folder);

    /// The module, from its image when there is a sound one, else compiled and stored.
    /// Blocks: as Module::compile when there is no image. Errors: as Module::compile.
    Module load(const Engine& engine, std::string name, ByteView wasm,
                const MergedLibrary* library = nullptr) const;
    /// The same for whoever knows the SHA-256 of `wasm`, which takes time for large modules.
    Module load(const Engine& engine, std::string name, ByteView wasm, const Digest& wasm_digest,
                const MergedLibrary* library) const;

    /// `$XDG_CACHE_HOME/sluice/images`, or the same below `$HOME/.cache`; empty without both.
    static std::filesystem::path default_folder();

  private:
    std::filesystem::path folder_;
    bool usable_ = false;
};

}  // namespace sluice::wasm
