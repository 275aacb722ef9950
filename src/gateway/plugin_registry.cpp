#include "gateway/plugin_registry.hpp"

#include "base/file_contents.hpp"
#include "base/replace_file.hpp"
#include "store/plugin_entries.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::gateway {
namespace {

using Plugins = std::vector<LoadedPlugin>;

auto named(std::string_view name) {
    return [name](const LoadedPlugin& loaded) { return loaded.config.name == name; };
}

const LoadedPlugin* find(const Plugins& plugins, std::string_view name) {
    const auto found = std::ranges::find_if(plugins, named(name));
    return found == plugins.end() ? nullptr : &*found;
}

std::string entry_of(const store::PluginConfig& config) {
    if (!config.entry_json.empty()) return config.entry_json;
    return store::new_entry(config.name, std::filesystem::absolute(config.path));
}

/// As the file has them, or is to have them.
std::vector<std::string> entries_of(const Plugins& plugins) {
    std::vector<const store::PluginConfig*> in_file;
    for (const LoadedPlugin& loaded : plugins)
        if (!loaded.config.entry_json.empty()) in_file.push_back(&loaded.config);
    std::ranges::sort(in_file, {}, &store::PluginConfig::position);
    std::vector<std::string> entries;
    entries.reserve(in_file.size());
    for (const store::PluginConfig* config : in_file) entries.push_back(config->entry_json);
    return entries;
}

PluginChange refused(int status, std::string problem) {
    return {.status = status, .problem = std::move(problem)};
}

PluginChange not_found(std::string_view name) {
    return refused(404, fmt::format("Plugin not found: {}", name));
}

}  // namespace

PluginRegistry::PluginRegistry(std::shared_ptr<const PluginSet> set, PluginSource source)
    : source_(std::move(source)),
      set_(set ? std::move(set) : std::make_shared<const PluginSet>()) {}

std::shared_ptr<const PluginSet> PluginRegistry::set() const {
    const std::lock_guard lock(set_mutex_);
    return set_;
}

void PluginRegistry::publish(Plugins plugins) {
    auto next = std::make_shared<const PluginSet>(PluginSet{.plugins = std::move(plugins)});
    const std::lock_guard lock(set_mutex_);
    set_ = std::move(next);
}

std::optional<PluginChange> PluginRegistry::refuse_any(const Plugins& now) const {
    if (!source_.load) return refused(501, "this gateway loads plug-ins at its start only");
    const std::filesystem::path& file = source_.config_file;
    if (file.empty()) return std::nullopt;
    const auto text = file_contents(file);
    if (!text || text->empty())
        return refused(500, fmt::format("{}: cannot be read", file.string()));
    if (store::plugin_entries(*text) == entries_of(now)) return std::nullopt;
    return refused(409,
                   fmt::format("{}: its plug-ins were changed since the gateway read them, and "
                               "this change would undo that; restart the gateway first",
                               file.string()));
}

std::optional<PluginChange> PluginRegistry::commit(const Plugins& before, Plugins after) {
    std::ranges::stable_sort(after, [](const LoadedPlugin& a, const LoadedPlugin& b) {
        return store::runs_before(a.config, b.config);
    });
    const std::filesystem::path& file = source_.config_file;
    const auto entries = entries_of(after);
    if (!file.empty() && entries != entries_of(before)) {
        const std::string text =
            store::with_plugin_entries(file_contents(file).value_or(""), entries);
        if (const auto why = replace_file(file, {as_bytes(text)}, {.durable = true}))
            return refused(500, fmt::format("{}: cannot be written, so nothing was changed: {}",
                                            file.string(), *why));
    }
    publish(std::move(after));
    version_.fetch_add(1, std::memory_order_release);
    return std::nullopt;
}

void PluginRegistry::note_refusal(const Plugins& now, std::string_view name,
                                  const std::string& why) {
    Plugins noted = now;
    const auto found = std::ranges::find_if(noted, named(name));
    if (found == noted.end()) return;
    found->logs = {fmt::format("a change was refused, this is as it was before: {}", why)};
    publish(std::move(noted));
}

PluginChange PluginRegistry::put(const Plugins& now, store::PluginConfig config) {
    const LoadedPlugin* const before = find(now, config.name);
    std::size_t next = 0;
    for (const LoadedPlugin& loaded : now) next = std::max(next, loaded.config.position + 1);
    config.position = before != nullptr ? before->config.position : next;

    PluginChange change{.was_there = before != nullptr};
    change.plugin = source_.load(config);
    if (const std::string why = change.plugin.failure(); !why.empty()) {
        note_refusal(now, config.name, why);
        return refused(422, before == nullptr ? why : why + "; the plug-in stays as it was before");
    }
    Plugins after = now;
    std::erase_if(after, named(config.name));
    after.push_back(change.plugin);
    if (auto failed = commit(now, std::move(after))) return *std::move(failed);
    change.saved = !source_.config_file.empty();
    spdlog::info("plug-in {}: {}, now {}", config.name, before == nullptr ? "added" : "replaced",
                 change.plugin.status);
    return change;
}

PluginChange PluginRegistry::create(std::string_view entry) {
    const std::lock_guard lock(changing_);
    const auto now = set();
    if (auto refusal = refuse_any(now->plugins)) return *std::move(refusal);
    store::PluginConfig config = store::read_plugin_entry(entry, folder());
    if (find(now->plugins, config.name) != nullptr)
        return refused(409, fmt::format("Plugin already exists: {}; PUT changes it", config.name));
    PluginChange change = put(now->plugins, std::move(config));
    if (change.problem.empty()) change.status = 201;
    return change;
}

PluginChange PluginRegistry::update(std::string_view name, std::string_view changes) {
    const std::lock_guard lock(changing_);
    const auto now = set();
    if (auto refusal = refuse_any(now->plugins)) return *std::move(refusal);
    const LoadedPlugin* const before = find(now->plugins, name);
    const std::string old =
        before == nullptr ? store::new_entry(name, {}) : entry_of(before->config);
    store::PluginConfig config =
        store::read_plugin_entry(store::changed_entry(old, changes), folder());
    if (config.name != name)
        return refused(400, fmt::format("name: must be \"{}\" or left out: a plug-in cannot be "
                                        "renamed, but deleted and added",
                                        name));
    PluginChange change = put(now->plugins, std::move(config));
    if (change.problem.empty() && !change.was_there) change.status = 201;
    return change;
}

PluginChange PluginRegistry::remove(std::string_view name) {
    const std::lock_guard lock(changing_);
    const auto now = set();
    if (auto refusal = refuse_any(now->plugins)) return *std::move(refusal);
    const LoadedPlugin* const before = find(now->plugins, name);
    if (before == nullptr) return not_found(name);
    PluginChange change{.plugin = *before, .was_there = true};
    Plugins after = now->plugins;
    std::erase_if(after, named(name));
    if (auto failed = commit(now->plugins, std::move(after))) return *std::move(failed);
    change.saved = !source_.config_file.empty() && !change.plugin.config.entry_json.empty();
    spdlog::info("plug-in {}: removed", name);
    return change;
}

}  // namespace sluice::gateway
