#pragma once

#include <sluice/current_plugin.hpp>

/// What a host function of C sees of the plug-in that calls it. Lifetime: that call.
struct ExtismCurrentPlugin {
    sluice::CurrentPlugin& plugin;
};
