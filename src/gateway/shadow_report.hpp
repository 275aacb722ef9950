#pragma once

#include "gateway/plugin_set.hpp"

#include <boost/json/object.hpp>

namespace sluice::gateway {

/// Adds to a shadow as the management API shows it what came of comparing it with `plugin`:
/// `results` by hook and the last `differences`, secrets left out.
void add_comparison(const PluginShadow& comparison, const LoadedPlugin& plugin,
                    boost::json::object& shown);

}  // namespace sluice::gateway
