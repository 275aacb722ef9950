#include "capi/plugin.hpp"

#include "base/json_slices.hpp"
#include "capi/log.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

using namespace sluice;
using namespace sluice::capi;

namespace {

// What the shell says of a process that was aborted, and Extism of a guest that was cut short.
constexpr std::int32_t aborted = 134;
constexpr std::int32_t failed = -1;

Uuid random_id() {
    // At once from the kernel: std::random_device asks the processor for each number, which takes
    // longer than all else that making a plug-in is.
    std::array<std::uint64_t, 2> bits{};
    if (::getentropy(bits.data(), sizeof(bits)) != 0)
        throw std::system_error(errno, std::generic_category(), "getentropy");
    return make_uuid(bits[0], bits[1]);
}

std::string text_of(const Uuid& id) {
    std::string text;
    assign_uuid(text, id);
    return text;
}

bool is_out_of_time(const Error& fault) {
    return fault.code() == ErrorCode::timeout || fault.code() == ErrorCode::cancelled;
}

/// What Extism calls the limit that ended a call, which programs look for: a cancelled call is a
/// timeout too. Empty for other faults.
std::string_view limit_named(const Error& fault) {
    if (is_out_of_time(fault)) return "timeout";
    return fault.code() == ErrorCode::fuel_limit ? "plugin ran out of fuel" : "";
}

/// Source: Extism runtime, `Plugin::raw_call`.
std::int32_t code_of(const CallResult& result) {
    if (!result.fault) return result.status;
    if (is_out_of_time(*result.fault)) return aborted;
    const bool is_guests_own = result.said.empty() && !result.host_failed;
    return is_guests_own && result.fault->code() == ErrorCode::trap ? aborted : failed;
}

/// Everything that is known of a failure; empty when all is well.
std::string full_text(const CallResult& result, std::string_view plugin,
                      std::string_view function) {
    const std::string_view said = result.said;
    if (result.fault) {
        const std::string_view limit = limit_named(*result.fault);
        const std::string end = said.empty() ? "" : fmt::format(" (the guest said: {})", said);
        return fmt::format("{}{}{}{}", limit, limit.empty() ? "" : ": ", result.fault->what(), end);
    }
    std::string cause;
    if (result.end == CallResult::End::exited && result.status != 0)
        cause = fmt::format("exited with status {}", result.status);
    if (!said.empty()) cause = said;
    if (cause.empty()) return {};
    return fmt::format("plug-in {}: `{}`: {}", plugin, function, cause);
}

}  // namespace

ExtismPlugin::ExtismPlugin(const CompiledPlugin& compiled) : id(random_id()), plugin(compiled) {
    plugin.set_log([plugin_id = text_of(id)](LogLevel level, std::string_view message) {
        process_log().write(level, message, plugin_id);
    });
}

CallResult ExtismPlugin::run(std::string_view function, ByteView input,
                             const CallOptions& options) {
    try {
        return plugin.try_call(function, input, options);
    } catch (const Error& fault) {
        if (fault.code() != ErrorCode::poisoned) throw;
    }
    plugin.reset();
    return plugin.try_call(function, input, options);
}

std::int32_t ExtismPlugin::call(std::string_view function, ByteView input, void* host_context) {
    error.clear();
    output = {};
    plugin.set_log_level(process_log().level());
    const ExtismCancelHandle::Call running(cancel_handle);
    const CallResult result =
        run(function, input, {.cancel = running.token(), .host_context = host_context});
    output = result.output;
    const std::string fault = full_text(result, plugin.name(), function);
    if (!fault.empty()) log(fault);
    // Hosts read what their guests say, as JSON for instance: it stays as it is.
    const bool is_limit = result.fault && !limit_named(*result.fault).empty();
    error = result.said.empty() || is_limit ? fault : result.said;
    return code_of(result);
}

void ExtismPlugin::update_config(std::string_view json) {
    JsonDocument document;
    const JsonSlice root = document.read(json);
    if (!root.is(JsonKind::object))
        throw Error(ErrorCode::invalid_input, "the configuration must be a JSON object");
    Configuration config = plugin.config();
    for (const auto& [key, value] : root.members()) {
        if (value.is(JsonKind::null))
            config.erase(key.string());
        else if (value.is(JsonKind::string))
            config.insert_or_assign(key.string(), value.string());
        else
            throw Error(
                ErrorCode::invalid_input,
                fmt::format("the configuration's `{}` must be a text or null", key.string()));
    }
    plugin.set_config(std::move(config));
}

void ExtismPlugin::fail(std::string_view text) {
    error = text;
    log(text);
}

void ExtismPlugin::log(std::string_view fault) const {
    process_log().write(LogLevel::error, fault, text_of(id));
}

Turn::Turn(ExtismPlugin& plugin) : plugin_(plugin), lock_(plugin.mutex_, std::defer_lock) {
    if (plugin.is_in_use_here())
        throw Error(ErrorCode::invalid_input,
                    fmt::format("plug-in {}: it is being called, and its own host functions cannot "
                                "use it meanwhile",
                                plugin.plugin.name()));
    lock_.lock();
    plugin.user_ = std::this_thread::get_id();
}

Turn::~Turn() {
    plugin_.user_ = std::thread::id();
}
