#pragma once

#include "base/json_reader.hpp"
#include "store/config.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The parts of read_config(), a file each. Private to the layer.
namespace sluice::store {

inline constexpr std::string_view not_supported = "is not supported yet";

/// A text that may be `env.NAME`: then the environment variable's value. A variable that is not set
/// is a problem of the file; `value` itself is never shown, since it may be a secret.
std::string env_text(JsonReader& json, std::string_view key, std::string fallback);

/// The value that `text` stands for; notes a problem at `path` and gives "" when it is not set.
std::string resolve_env(JsonReader& json, std::string_view key, std::string_view text);

/// Relative paths are taken from the folder of the configuration file.
std::filesystem::path from_folder(const std::filesystem::path& folder, const std::string& path);

std::vector<ProviderConfig> read_providers(JsonReader& json, const std::filesystem::path& folder);
/// Where a plug-in's module is: a file, or an address with its digest.
void read_module(JsonReader& json, const std::filesystem::path& folder, PluginConfig& plugin);
DownloadConfig read_downloads(JsonReader json, const std::filesystem::path& folder);
/// What each version of a plug-in has of its own: where it is, its config, hooks and limits.
/// Others than where it is leave `plugin` as it is when they are not there.
void read_version(JsonReader& json, const std::filesystem::path& folder, PluginConfig& plugin);
void read_breaker_of(JsonReader& json, PluginConfig& plugin);
/// The canary of `plugin`, whose own version has been read.
PluginCanary read_canary(JsonReader json, const std::filesystem::path& folder,
                         const PluginConfig& plugin);
ShadowConfig read_shadow(JsonReader json, const std::filesystem::path& folder,
                         const PluginConfig& plugin);
PluginConfig read_plugin(JsonReader json, const std::filesystem::path& folder);
std::vector<PluginConfig> read_plugins(JsonReader& json, const std::filesystem::path& folder);

}  // namespace sluice::store
