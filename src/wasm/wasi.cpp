#include "wasm/wasi.hpp"

#include "wasm/instance_state.hpp"
#include "wasm/linker.hpp"

#include <sys/random.h>

#include <algorithm>
#include <string_view>

namespace sluice::wasm {
namespace wasi {
namespace {

// What one host call may copy: more would keep the thread past its deadline. Guests may be told
// that less was written than they gave, and then go on with the rest.
constexpr std::size_t max_write_bytes = 1 << 20;
constexpr std::uint32_t max_random_bytes = 1 << 20;
constexpr std::uint32_t max_vectors = 1024;

/// One call: its arguments, and the guest behind it.
struct Call {
    std::uint32_t u32(std::size_t i) const { return static_cast<std::uint32_t>(values[i].i32); }
    bool is_stream() const { return u32(0) <= 2; }

    GuestCaller& caller;
    Memory memory;
    std::span<Value> values;
};

Errno no_descriptor(const Call&) {
    return badf;
}
Errno not_here(const Call&) {
    return nosys;
}
Errno nothing(const Call&) {
    return success;
}
Errno on_stream(const Call& call) {
    return call.is_stream() ? success : badf;
}
Errno no_position(const Call& call) {
    return call.is_stream() ? spipe : badf;
}

/// args_sizes_get and environ_sizes_get: there are none.
Errno empty_sizes(const Call& call) {
    const bool stored = call.memory.store(call.u32(0), std::uint32_t{0}) &&
                        call.memory.store(call.u32(1), std::uint32_t{0});
    return stored ? success : fault;
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

constexpr std::uint8_t character_device = 2;  // so that C guests flush at each line end

Errno fd_fdstat_get(const Call& call) {
    constexpr std::uint64_t right_read = 1 << 1;
    constexpr std::uint64_t right_write = 1 << 6;
    if (!call.is_stream()) return badf;
    std::array<std::uint64_t, 3> stat{};
    stat[0] = character_device;
    stat[1] = call.u32(0) == 0 ? right_read : right_write;
    return call.memory.store(call.u32(1), stat) ? success : fault;
}

Errno fd_filestat_get(const Call& call) {
    if (!call.is_stream()) return badf;
    std::array<std::uint64_t, 8> stat{};
    stat[2] = character_device;
    return call.memory.store(call.u32(1), stat) ? success : fault;
}

Errno fd_read(const Call& call) {
    if (call.u32(0) != 0) return badf;
    return call.memory.store(call.u32(3), std::uint32_t{0}) ? success : fault;
}

Errno fd_write(const Call& call) {
    const std::uint32_t fd = call.u32(0);
    const std::uint32_t count = call.u32(2);
    if (fd != 1 && fd != 2) return badf;
    if (count > max_vectors) return inval;
    const auto& output = call.caller.state().options.output;
    std::size_t written = 0;
    for (std::uint32_t i = 0; i < count && written < max_write_bytes; ++i) {
        // The address is 64 bits wide here, so that a sum past 4 GiB is seen and not wrapped.
        const std::uint64_t place = std::uint64_t{call.u32(1)} + std::uint64_t{i} * 8;
        if (place > UINT32_MAX) return fault;
        const auto vector =
            call.memory.load<std::array<std::uint32_t, 2>>(static_cast<std::uint32_t>(place));
        if (!vector) return fault;
        auto bytes = call.memory.range((*vector)[0], (*vector)[1]);
        if (!bytes) return fault;
        *bytes = bytes->first(std::min(bytes->size(), max_write_bytes - written));
        written += bytes->size();
        if (output && !bytes->empty()) output(static_cast<int>(fd), as_text(*bytes));
    }
    const auto total = static_cast<std::uint32_t>(written);
    return call.memory.store(call.u32(3), total) ? success : fault;
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
    {"args_get", "ii", nothing},
    {"args_sizes_get", "ii", empty_sizes},
    {"clock_res_get", "ii", clock_res_get},
    {"clock_time_get", "iIi", clock_time_get},
    {"environ_get", "ii", nothing},
    {"environ_sizes_get", "ii", empty_sizes},
    {"fd_advise", "iIIi", no_position},
    {"fd_allocate", "iII", no_position},
    {"fd_close", "i", on_stream},
    {"fd_datasync", "i", on_stream},
    {"fd_fdstat_get", "ii", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", on_stream},
    {"fd_fdstat_set_rights", "iII", on_stream},
    {"fd_filestat_get", "ii", fd_filestat_get},
    {"fd_filestat_set_size", "iI", no_position},
    {"fd_filestat_set_times", "iIIi", no_position},
    {"fd_pread", "iiiIi", no_position},
    {"fd_prestat_dir_name", "iii", no_descriptor},
    {"fd_prestat_get", "ii", no_descriptor},
    {"fd_pwrite", "iiiIi", no_position},
    {"fd_read", "iiii", fd_read},
    {"fd_readdir", "iiiIi", no_descriptor},
    {"fd_renumber", "ii", no_descriptor},
    {"fd_seek", "iIii", no_position},
    {"fd_sync", "i", on_stream},
    {"fd_tell", "ii", no_position},
    {"fd_write", "iiii", fd_write},
    {"path_create_directory", "iii", no_descriptor},
    {"path_filestat_get", "iiiii", no_descriptor},
    {"path_filestat_set_times", "iiiiIIi", no_descriptor},
    {"path_link", "iiiiiii", no_descriptor},
    {"path_open", "iiiiiIIii", no_descriptor},
    {"path_readlink", "iiiiii", no_descriptor},
    {"path_remove_directory", "iii", no_descriptor},
    {"path_rename", "iiiiii", no_descriptor},
    {"path_symlink", "iiiii", no_descriptor},
    {"path_unlink_file", "iii", no_descriptor},
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

void Linker::define_wasi() {
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
    state_->define_waiting(module, "poll_oneoff", wasi::type_of("iiii"),
                           [](Caller& caller, std::span<Value> values) {
                               return wasi::poll_oneoff(wasi::Memory(caller.memory()), values);
                           });
}

}  // namespace sluice::wasm
