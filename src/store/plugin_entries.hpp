#pragma once

#include "store/config.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Entries of `plugins` as texts: so a change of one leaves every other byte of the file alone.
namespace sluice::store {

/// One entry, read as read_config() reads it. Relative paths are taken from `folder`.
/// Errors: \throws Error invalid_input "the request:LINE: PATH: ...".
PluginConfig read_plugin_entry(std::string_view entry, const std::filesystem::path& folder);

/// What a text of a configuration reads like where secrets are not shown.
inline constexpr std::string_view redacted_text = "<redacted>";

/// `entry` with the members of the object `changes` in place of its own; null takes one away. A
/// text in `config`, or in that of a canary or shadow, that reads redacted_text stays what it was.
/// `{"promote": true}` puts the canary in the plug-in's place.
/// Errors: \throws Error invalid_input when `changes` is no sound JSON object, or there is no
/// canary to promote.
std::string changed_entry(std::string_view entry, std::string_view changes);

/// An entry for a plug-in that no file names.
std::string new_entry(std::string_view name, const std::filesystem::path& file);

/// The entries of a configuration's text in their order, byte for byte.
std::vector<std::string> plugin_entries(std::string_view config);

/// The text of a configuration with these entries; all else stays byte for byte.
std::string with_plugin_entries(std::string_view config, const std::vector<std::string>& entries);

}  // namespace sluice::store
