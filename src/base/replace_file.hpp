#pragma once

#include <sluice/bytes.hpp>

#include <sys/types.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>

namespace sluice {

/// What a file is like once its contents were replaced.
struct ReplaceOptions {
    /// Its permissions. None: there must be a file, found through links, and its permissions and,
    /// where that is allowed, its owner stay.
    std::optional<mode_t> mode{};
    /// Waits for the disk: after a power cut too there are the old bytes or the new ones, whole.
    bool durable = false;
};

/// Gives `file` the pieces, one after another, as its contents, in one step: whoever reads it finds
/// the old bytes or the new ones, whole. The reason when that failed; `file` is then as it was.
std::optional<std::string> replace_file(const std::filesystem::path& file,
                                        std::initializer_list<ByteView> pieces,
                                        const ReplaceOptions& options);

}  // namespace sluice
