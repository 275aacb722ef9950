#pragma once

#include "capi/border.hpp"

#include <sluice/host_function.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

/// A host function on its way from C to a plug-in.
struct ExtismFunction {
    std::optional<sluice::HostFunction> function{};  ///< empty once a plug-in was given it
    std::string fault{};  ///< why no plug-in can be given it; empty: nothing
};

namespace sluice::capi {

/// Takes the functions out of their shells; the user data goes with them. All or none.
/// Errors: \throws Error invalid_input for NULL and for a function that a plug-in has already.
std::vector<HostFunction> take_functions(std::span<ExtismFunction* const> functions);

}  // namespace sluice::capi
