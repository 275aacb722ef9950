#include "capi/current_plugin.hpp"

#include "capi/border.hpp"

using sluice::capi::at_border;

void* extism_current_plugin_host_context(ExtismCurrentPlugin* plugin) {
    return plugin == nullptr ? nullptr : plugin->plugin.host_context<void>();
}

uint8_t* extism_current_plugin_memory(ExtismCurrentPlugin* plugin) {
    return at_border<uint8_t*>(nullptr, [&]() -> uint8_t* {
        if (plugin == nullptr) return nullptr;
        return reinterpret_cast<uint8_t*>(plugin->plugin.memory().data());
    });
}

ExtismMemoryHandle extism_current_plugin_memory_alloc(ExtismCurrentPlugin* plugin, ExtismSize n) {
    return at_border<ExtismMemoryHandle>(
        0, [&] { return plugin == nullptr || n == 0 ? 0 : plugin->plugin.alloc(n); });
}

ExtismSize extism_current_plugin_memory_length(ExtismCurrentPlugin* plugin, ExtismMemoryHandle n) {
    return at_border<ExtismSize>(0,
                                 [&] { return plugin == nullptr ? 0 : plugin->plugin.length(n); });
}

void extism_current_plugin_memory_free(ExtismCurrentPlugin* plugin, ExtismMemoryHandle ptr) {
    at_border([&] {
        if (plugin != nullptr) plugin->plugin.free(ptr);
    });
}
