#include "wasm/wasi_files.hpp"
#include "wasm/wasi_streams.hpp"

#include <algorithm>
#include <cerrno>

/// What is known of descriptors: their kind, flags, rights, times, numbers, and the folders' names.
namespace sluice::wasm::wasi {

Found directory(const Call& call, std::size_t i, Use use) {
    Descriptor* open = call.descriptor(i);
    if (open == nullptr) return {.error = badf};
    if (open->kind != Descriptor::Kind::directory) return {.error = notdir};
    if (use == Use::change && open->read_only) return {.error = perm};
    return {.open = open};
}

Times times(const Call& call, std::size_t i) {
    const std::uint32_t flags = call.u32(i + 2);
    const auto chosen = [&](std::uint64_t nanoseconds, std::uint32_t set,
                            std::uint32_t now) -> timespec {
        constexpr std::uint64_t second = 1'000'000'000;
        if ((flags & now) != 0) return {.tv_sec = 0, .tv_nsec = UTIME_NOW};
        if ((flags & set) == 0) return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
        return {.tv_sec = static_cast<time_t>(nanoseconds / second),
                .tv_nsec = static_cast<long>(nanoseconds % second)};
    };
    constexpr std::uint32_t access = time_flag::access | time_flag::access_now;
    constexpr std::uint32_t modification = time_flag::modification | time_flag::modification_now;
    if ((flags & access) == access || (flags & modification) == modification ||
        flags > (access | modification))
        return {.error = inval};
    return {
        .list = {chosen(call.u64(i), time_flag::access, time_flag::access_now),
                 chosen(call.u64(i + 1), time_flag::modification, time_flag::modification_now)}};
}

Errno fd_close(const Call& call) {
    return call.guest().descriptors.close(call.u32(0)) ? success : on_stream(call);
}

Errno fd_renumber(const Call& call) {
    return call.guest().descriptors.move(call.u32(0), call.u32(1)) ? success : badf;
}

Errno fd_fdstat_get(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    if (open == nullptr) return stream_fdstat_get(call);
    const DescriptorStat stat{
        .type = open->kind == Descriptor::Kind::directory ? FileType::directory
                                                          : FileType::regular_file,
        .flags = open->flags,
        .rights = open->rights,
        .inheriting = open->inheriting,
    };
    return call.memory.store(call.u32(1), stat) ? success : fault;
}

Errno fd_fdstat_set_flags(const Call& call) {
    Descriptor* open = call.descriptor(0);
    if (open == nullptr) return on_stream(call);
    if (call.u32(1) > descriptor_flag::all) return inval;
    open->flags = static_cast<std::uint16_t>(call.u32(1));
    return success;
}

Errno fd_fdstat_set_rights(const Call& call) {
    Descriptor* open = call.descriptor(0);
    if (open == nullptr) return on_stream(call);
    const bool fewer = (call.u64(1) & ~open->rights) == 0 && (call.u64(2) & ~open->inheriting) == 0;
    if (!fewer) return notcapable;
    open->rights = call.u64(1);
    open->inheriting = call.u64(2);
    return success;
}

Errno fd_filestat_get(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    if (open == nullptr) return stream_filestat_get(call);
    struct stat status{};
    if (::fstat(open->file.number(), &status) != 0) return from_host(errno);
    return call.memory.store(call.u32(1), file_stat(status)) ? success : fault;
}

Errno fd_filestat_set_times(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    if (open == nullptr) return no_position(call);
    if (open->read_only) return perm;
    const Times chosen = times(call, 1);
    if (chosen.error != success) return chosen.error;
    return answer(::futimens(open->file.number(), chosen.list.data()));
}

Errno fd_prestat_get(const Call& call) {
    constexpr std::uint32_t is_directory = 0;
    const Descriptor* open = call.descriptor(0);
    if (open == nullptr || !open->guest_name) return badf;
    const std::array prestat{is_directory, static_cast<std::uint32_t>(open->guest_name->size())};
    return call.memory.store(call.u32(1), prestat) ? success : fault;
}

Errno fd_prestat_dir_name(const Call& call) {
    const Descriptor* open = call.descriptor(0);
    if (open == nullptr || !open->guest_name) return badf;
    const auto place = call.memory.range(call.u32(1), call.u32(2));
    if (!place) return fault;
    if (place->size() < open->guest_name->size()) return nametoolong;
    std::ranges::copy(as_bytes(*open->guest_name), place->begin());
    return success;
}

}  // namespace sluice::wasm::wasi
