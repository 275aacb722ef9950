#include <sluice/current_plugin.hpp>

#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <any>
#include <array>
#include <cstring>

namespace sluice {
namespace {

wasm::Value to_value(std::uint64_t number) {
    return {.i64 = static_cast<std::int64_t>(number)};
}

const KernelBlocks& blocks_of(wasm::Instance& instance, KernelHost& host) {
    if (!host.blocks)
        host.blocks = KernelBlocks{instance.library_function(kernel_imports, kernel_alloc),
                                   instance.library_function(kernel_imports, kernel_free),
                                   instance.library_function(kernel_imports, kernel_length),
                                   instance.library_memory(kernel_imports, kernel_memory)};
    return *host.blocks;
}

}  // namespace

CurrentPlugin::CurrentPlugin(wasm::Caller& caller)
    : caller_(caller), host_(*std::any_cast<KernelHost*>(caller.data())) {}

MemoryHandle CurrentPlugin::alloc(std::uint64_t bytes) {
    std::array values{to_value(bytes)};
    wasm::Instance& instance = caller_.instance();
    instance.call_within(blocks_of(instance, host_).alloc, values);
    return static_cast<MemoryHandle>(values[0].i64);
}

void CurrentPlugin::free(MemoryHandle handle) {
    std::array values{to_value(handle)};
    wasm::Instance& instance = caller_.instance();
    instance.call_within(blocks_of(instance, host_).free, values);
}

std::uint64_t CurrentPlugin::length(MemoryHandle handle) {
    std::array values{to_value(handle)};
    wasm::Instance& instance = caller_.instance();
    instance.call_within(blocks_of(instance, host_).length, values);
    return static_cast<std::uint64_t>(values[0].i64);
}

MemoryHandle CurrentPlugin::write(ByteView bytes) {
    if (bytes.empty()) return 0;
    const MemoryHandle handle = alloc(bytes.size());
    if (handle == 0)
        throw Error(ErrorCode::memory_limit,
                    fmt::format("no room for a block of {} bytes within the plug-in's memory limit",
                                bytes.size()));
    std::memcpy(writable(handle).data(), bytes.data(), bytes.size());
    return handle;
}

std::span<std::byte> CurrentPlugin::memory() {
    wasm::Instance& instance = caller_.instance();
    return instance.memory(blocks_of(instance, host_).memory);
}

std::span<std::byte> CurrentPlugin::writable(MemoryHandle handle) {
    if (handle == 0) return {};
    const std::uint64_t size = length(handle);
    const std::span<std::byte> all = memory();
    if (size == 0 || handle > all.size() || size > all.size() - handle)
        throw Error(ErrorCode::trap, fmt::format("invalid memory handle: {}", handle));
    return all.subspan(static_cast<std::size_t>(handle), static_cast<std::size_t>(size));
}

ByteView CurrentPlugin::bytes(MemoryHandle handle) {
    return writable(handle);
}

std::optional<ByteView> CurrentPlugin::variable(std::string_view key) const noexcept {
    return host_.variables.find(key);
}

void CurrentPlugin::set_variable(std::string_view key, ByteView value) {
    host_.variables.set(key, value);
}

void CurrentPlugin::remove_variable(std::string_view key) {
    host_.variables.remove(key);
}

void CurrentPlugin::log(LogLevel level, std::string_view message) {
    if (level >= host_.log_level() && host_.log) host_.log(level, message);
}

const std::string& CurrentPlugin::name() const noexcept {
    return caller_.instance().module().name();
}

std::chrono::steady_clock::time_point CurrentPlugin::deadline() const noexcept {
    return host_.deadline;
}

std::stop_token CurrentPlugin::cancel() const noexcept {
    return host_.cancel;
}

void* CurrentPlugin::raw_host_context() const noexcept {
    return host_.host_context;
}

UnchargedTime::UnchargedTime(CurrentPlugin& plugin) noexcept
    : plugin_(plugin), begin_(std::chrono::steady_clock::now()) {
    plugin_.caller_.instance().pause();
}

UnchargedTime::~UnchargedTime() {
    const auto spent = std::chrono::steady_clock::now() - begin_;
    plugin_.host_.deadline += spent;
    plugin_.caller_.instance().go_on(spent);
}

}  // namespace sluice
