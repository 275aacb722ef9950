#include "store/config.hpp"

#include "base/json_slices.hpp"
#include "refusal_lines.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace {

using namespace sluice::store;

void check_accepted(const Config& config) {
    if (config.server.host.empty() || config.logs_store.path.empty()) std::abort();
    for (const PluginConfig& plugin : config.plugins) {
        if (plugin.name.empty() || plugin.path.empty()) std::abort();
        sluice::JsonDocument document;
        document.read(plugin.config_json);
        document.read(plugin.shown_config_json);
    }
}

}  // namespace

/// Property: a text is refused with an Error whose every line names a line of it, or every plug-in
/// of what it says has a name, a path and settings that are valid JSON.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Config config;
    try {
        config = read_config("config.json", text);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        sluice::fuzz::check_refusal_lines(error.what(), "config.json", text);
        return 0;
    }
    check_accepted(config);
    return 0;
}
