#include "hooks/http_task.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string_view>

/// Property: what is accepted has an address and a timeout within its bounds; all else is refused
/// as the guest's mistake.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view json(reinterpret_cast<const char*>(data), size);
    try {
        const auto task = sluice::hooks::read_http_task(json, "body");
        if (task.url.empty() || task.body != "body") std::abort();
        if (task.timeout && (task.timeout->count() < 1 || task.timeout->count() > 600'000))
            std::abort();
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
    }
    return 0;
}
