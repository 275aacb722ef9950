#include "wasm/wasi_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace sluice::wasm::wasi {
namespace {

int openat2(int folder, const char* path, int flags, unsigned mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    // EAGAIN says that something was renamed on the way past a `..`: nobody can say where it led.
    constexpr int most_tries = 16;
    for (int tries = 1;; ++tries) {
        const long opened = ::syscall(SYS_openat2, folder, path, &how, sizeof(how));
        if (opened >= 0) return static_cast<int>(opened);
        if (errno == EINTR || (errno == EAGAIN && tries < most_tries)) continue;
        return -1;
    }
}

}  // namespace

int beneath_error(int folder) {
    const HostFile opened(openat2(folder, ".", O_PATH | O_DIRECTORY, 0));
    return opened ? 0 : errno;
}

Opened open_beneath(int folder, const std::string& path, int flags, unsigned mode) {
    HostFile opened(openat2(folder, path.c_str(), flags, mode));
    if (opened) return {.file = std::move(opened)};
    // From openat2 this is a path that leads out; no open crosses devices in the other sense.
    if (errno == EXDEV) return {.error = perm};
    return {.error = from_host(errno)};
}

Place place_beneath(int folder, std::string path) {
    Place place{.folder = folder};
    if (path.empty()) place.error = noent;
    if (path.starts_with('/')) place.error = perm;
    if (place.error != success) return place;

    const std::size_t end = path.find_last_not_of('/') + 1;
    place.wants_directory = end < path.size();
    path.resize(end);
    const std::size_t slash = path.rfind('/');
    place.name = path.substr(slash + 1);  // npos + 1 is 0
    if (place.name == "." || place.name == "..") {
        // The kernel changes nothing under these names, but its refusal would speak of the outside.
        place.error = open_beneath(folder, path, O_PATH).error;
        if (place.error != success) return place;
    }
    if (slash != std::string::npos) {
        Opened parent = open_beneath(folder, path.substr(0, slash), O_PATH | O_DIRECTORY);
        place.opened = std::move(parent.file);
        place.error = parent.error;
    }
    return place;
}

}  // namespace sluice::wasm::wasi
