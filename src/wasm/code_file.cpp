#include "wasm/code_file.hpp"

#include "wasm/host_file.hpp"

#include <sluice/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace sluice::wasm {
namespace {

constexpr mode_t others_writing = S_IWGRP | S_IWOTH;

std::string reason() {
    return std::strerror(errno);
}

[[noreturn]] void distrust(const std::filesystem::path& file, std::string_view why) {
    throw Error(ErrorCode::invalid_input,
                fmt::format("{} is not loaded: it holds native code, and {}; say that it is "
                            "trusted, or move it to where nobody else can write",
                            file.string(), why));
}

void check_writers(const std::filesystem::path& file, const struct stat& status) {
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        distrust(file, "it belongs to somebody else");
    if ((status.st_mode & others_writing) != 0) distrust(file, "others may write to it");
    struct stat folder{};
    if (::stat(file.parent_path().c_str(), &folder) != 0)
        distrust(file, "its folder cannot be looked at");
    if (folder.st_uid != ::geteuid() && folder.st_uid != 0)
        distrust(file, "its folder belongs to somebody else");
    if ((folder.st_mode & S_IWOTH) != 0) distrust(file, "anybody may write to its folder");
}

}  // namespace

bool is_ours_alone(const struct stat& status) {
    return status.st_uid == ::geteuid() && (status.st_mode & others_writing) == 0;
}

bool read_all(int descriptor, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::read(descriptor, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

Bytes read_code_file(const std::filesystem::path& file, CodeWriters writers,
                     std::size_t max_bytes) {
    // Without links, so that the folder that is judged is the one that the file is in.
    std::error_code failure;
    const std::filesystem::path place = std::filesystem::canonical(file, failure);
    if (failure)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: {}", file.string(), failure.message()));
    const HostFile opened(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status{};
    if (!opened || ::fstat(opened.number(), &status) != 0)
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: {}", file.string(), reason()));
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorCode::invalid_input, fmt::format("{} is not a file", file.string()));
    if (writers == CodeWriters::trusted) check_writers(place, status);
    if (static_cast<std::uintmax_t>(status.st_size) > max_bytes)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{} has {} bytes; at most {} are read", file.string(),
                                status.st_size, max_bytes));
    Bytes bytes(static_cast<std::size_t>(status.st_size));
    if (!read_all(opened.number(), bytes))
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot read {}: it ended early", file.string()));
    return bytes;
}

}  // namespace sluice::wasm
