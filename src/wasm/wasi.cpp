#include "wasm/wasi.hpp"

#include "wasm/instance_state.hpp"
#include "wasm/linker.hpp"
#include "wasm/wasi_files.hpp"
#include "wasm/wasi_paths.hpp"
#include "wasm/wasi_streams.hpp"

#include <sys/random.h>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::wasm {
namespace wasi {
namespace {

// What one host call may copy: more would keep the thread past its deadline.
constexpr std::uint32_t max_random_bytes = 1 << 20;

Errno no_descriptor(const Call&) {
    return badf;
}
Errno not_here(const Call&) {
    return nosys;
}
Errno nothing(const Call&) {
    return success;
}

/// args_sizes_get and environ_sizes_get: how many texts, and their bytes with a 0 after each.
Errno text_sizes(const Call& call, const std::vector<std::string>& texts) {
    std::uint32_t bytes = 0;
    for (const std::string& each : texts) bytes += static_cast<std::uint32_t>(each.size()) + 1;
    const bool stored = call.memory.store(call.u32(0), static_cast<std::uint32_t>(texts.size())) &&
                        call.memory.store(call.u32(1), bytes);
    return stored ? success : fault;
}

/// args_get and environ_get: the address of each text into a list, and the texts one by one.
Errno copy_texts(const Call& call, const std::vector<std::string>& texts) {
    std::uint64_t list = call.u32(0);
    std::uint64_t bytes = call.u32(1);
    for (const std::string& each : texts) {
        if (list > UINT32_MAX || bytes > UINT32_MAX) return fault;
        const auto to = static_cast<std::uint32_t>(bytes);
        const auto place = call.memory.range(to, each.size() + 1);
        if (!place || !call.memory.store(static_cast<std::uint32_t>(list), to)) return fault;
        std::memcpy(place->data(), each.c_str(), place->size());
        list += sizeof(to);
        bytes += place->size();
    }
    return success;
}

Errno args_get(const Call& call) {
    return copy_texts(call, call.guest().options.arguments);
}
Errno args_sizes_get(const Call& call) {
    return text_sizes(call, call.guest().options.arguments);
}
Errno environ_get(const Call& call) {
    return copy_texts(call, call.guest().options.environment);
}
Errno environ_sizes_get(const Call& call) {
    return text_sizes(call, call.guest().options.environment);
}

Errno clock_res_get(const Call& call) {
    if (!clock_nanoseconds(call.u32(0))) return inval;
    return call.memory.store(call.u32(1), std::uint64_t{1}) ? success : fault;
}

Errno clock_time_get(const Call& call) {
    const auto now = clock_nanoseconds(call.u32(0));
    if (!now) return inval;
    return call.memory.store(call.u32(2), *now) ? success : fault;
}

Errno random_get(const Call& call) {
    if (call.u32(1) > max_random_bytes) return inval;
    auto rest = call.memory.range(call.u32(0), call.u32(1));
    if (!rest) return fault;
    while (!rest->empty()) {
        const ssize_t got = ::getrandom(rest->data(), rest->size(), 0);
        if (got < 0) return io;
        *rest = rest->subspan(static_cast<std::size_t>(got));
    }
    return success;
}

struct Entry {
    std::string_view name;
    std::string_view parameters;  ///< "i" for i32, "I" for i64
    Errno (*function)(const Call&);
};

constexpr Entry entries[] = {
    {"args_get", "ii", args_get},
    {"args_sizes_get", "ii", args_sizes_get},
    {"clock_res_get", "ii", clock_res_get},
    {"clock_time_get", "iIi", clock_time_get},
    {"environ_get", "ii", environ_get},
    {"environ_sizes_get", "ii", environ_sizes_get},
    {"fd_advise", "iIIi", fd_advise},
    {"fd_allocate", "iII", fd_allocate},
    {"fd_close", "i", fd_close},
    {"fd_datasync", "i", fd_datasync},
    {"fd_fdstat_get", "ii", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", fd_fdstat_set_flags},
    {"fd_fdstat_set_rights", "iII", fd_fdstat_set_rights},
    {"fd_filestat_get", "ii", fd_filestat_get},
    {"fd_filestat_set_size", "iI", fd_filestat_set_size},
    {"fd_filestat_set_times", "iIIi", fd_filestat_set_times},
    {"fd_pread", "iiiIi", fd_pread},
    {"fd_prestat_dir_name", "iii", fd_prestat_dir_name},
    {"fd_prestat_get", "ii", fd_prestat_get},
    {"fd_pwrite", "iiiIi", fd_pwrite},
    {"fd_read", "iiii", fd_read},
    {"fd_readdir", "iiiIi", fd_readdir},
    {"fd_renumber", "ii", fd_renumber},
    {"fd_seek", "iIii", fd_seek},
    {"fd_sync", "i", fd_sync},
    {"fd_tell", "ii", fd_tell},
    {"fd_write", "iiii", fd_write},
    {"path_create_directory", "iii", path_create_directory},
    {"path_filestat_get", "iiiii", path_filestat_get},
    {"path_filestat_set_times", "iiiiIIi", path_filestat_set_times},
    {"path_link", "iiiiiii", path_link},
    {"path_open", "iiiiiIIii", path_open},
    {"path_readlink", "iiiiii", path_readlink},
    {"path_remove_directory", "iii", path_remove_directory},
    {"path_rename", "iiiiii", path_rename},
    {"path_symlink", "iiiii", path_symlink},
    {"path_unlink_file", "iii", path_unlink_file},
    {"proc_raise", "i", not_here},
    {"random_get", "ii", random_get},
    {"sched_yield", "", nothing},
    {"sock_accept", "iii", no_descriptor},
    {"sock_recv", "iiiiii", no_descriptor},
    {"sock_send", "iiiii", no_descriptor},
    {"sock_shutdown", "ii", no_descriptor},
};

FunctionType type_of(std::string_view parameters) {
    FunctionType type{.parameters = {}, .results = {ValueType::i32}};
    for (const char each : parameters)
        type.parameters.push_back(each == 'I' ? ValueType::i64 : ValueType::i32);
    return type;
}

}  // namespace

std::optional<std::uint64_t> clock_nanoseconds(std::uint32_t id) {
    using std::chrono::nanoseconds;
    const auto count = [](auto now) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<nanoseconds>(now.time_since_epoch()).count());
    };
    if (id == 0) return count(std::chrono::system_clock::now());
    if (id == 1) return count(Clock::now());
    return std::nullopt;  // CPU clocks would tell a guest of its neighbours
}

}  // namespace wasi

void Linker::define_wasi(Waits waits) {
    constexpr std::string_view module = "wasi_snapshot_preview1";
    for (const wasi::Entry& entry : wasi::entries)
        define(module, entry.name, wasi::type_of(entry.parameters),
               [function = entry.function](Caller& caller, std::span<Value> values) {
                   auto& guest = static_cast<GuestCaller&>(caller);
                   const wasi::Call call{guest, wasi::Memory(guest.memory()), values};
                   values[0].i32 = function(call);
               });
    define(module, "proc_exit", {.parameters = {ValueType::i32}, .results = {}},
           [](Caller&, std::span<Value> values) { throw GuestExit{values[0].i32}; });
    const auto poll = [](Caller& caller, std::span<Value> values) {
        auto& guest = static_cast<GuestCaller&>(caller);
        const wasi::Call call{guest, wasi::Memory(guest.memory()), values};
        return wasi::poll_oneoff(call);
    };
    const FunctionType poll_type = wasi::type_of("iiii");
    if (waits == Waits::suspend)
        state_->define_waiting(module, "poll_oneoff", poll_type, poll);
    else
        define(module, "poll_oneoff", poll_type, [poll](Caller& caller, std::span<Value> values) {
            const Instance::State& guest = static_cast<GuestCaller&>(caller).state();
            const auto until = poll(caller, values);
            if (until && !guest.wait(*until)) throw guest.stopped_in_wait();
        });
}

}  // namespace sluice::wasm
