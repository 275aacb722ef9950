#include "app/files.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::app {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

  private:
    int fd_;
};

[[noreturn]] void fail(std::string_view what, std::string_view where) {
    throw Error(ErrorCode::unavailable,
                fmt::format("cannot {} {}: {}", what, where, std::strerror(errno)));
}

std::string read_all(int fd, std::string_view where) {
    std::string bytes;
    std::array<char, 64 << 10> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read", where);
        if (got == 0) return bytes;
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) fail("read", path.native());
    return read_all(file.get(), path.native());
}

std::string read_standard_input() {
    if (::isatty(STDIN_FILENO) == 1) return {};
    return read_all(STDIN_FILENO, "standard input");
}

void write_standard_output(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write to", "standard output");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace sluice::app
