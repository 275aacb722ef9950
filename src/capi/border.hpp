#pragma once

// All else in the library is hidden; what this header declares is its surface.
#pragma GCC visibility push(default)
#include "capi/extism.h"
#pragma GCC visibility pop

#include <sluice/bytes.hpp>

#include <cstddef>
#include <exception>
#include <string_view>

/// The border between C and C++: what crosses it, and that no exception does.
namespace sluice::capi {

/// Runs what an exported function does, and lets nothing that it throws out into C: `report` gets
/// its text, and `otherwise` comes back.
template <class Result, class Work, class Report>
Result at_border(Result otherwise, Work&& work, Report&& report) noexcept {
    try {
        try {
            return work();
        } catch (const std::exception& fault) {
            report(std::string_view(fault.what()));
        } catch (...) {  // of a C++ callback
            report(std::string_view("an unknown exception"));
        }
    } catch (...) {
        // There was no memory for the report: `otherwise` has to say it all.
    }
    return otherwise;
}

/// The same where nobody can be told.
template <class Result, class Work>
Result at_border(Result otherwise, Work&& work) noexcept {
    return at_border(otherwise, work, [](std::string_view) {});
}
template <class Work>
void at_border(Work&& work) noexcept {
    at_border(0, [&] {
        work();
        return 0;
    });
}

/// What C gives as pointer and length.
/// Errors: \throws Error invalid_input for NULL with a length, naming it as `what`.
ByteView bytes_of(const std::uint8_t* data, ExtismSize size, std::string_view what);

/// A text that C frees with extism_plugin_new_error_free.
char* to_c(std::string_view text);

}  // namespace sluice::capi
