#pragma once

#include <unistd.h>

#include <utility>

namespace sluice::wasm {

/// An open file or directory of the host. Closes it at the end.
class HostFile {
  public:
    HostFile() = default;
    explicit HostFile(int number) : number_(number) {}
    ~HostFile() {
        if (number_ >= 0) ::close(number_);
    }
    HostFile(HostFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    HostFile& operator=(HostFile&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    HostFile(const HostFile&) = delete;
    HostFile& operator=(const HostFile&) = delete;

    explicit operator bool() const noexcept { return number_ >= 0; }
    int number() const noexcept { return number_; }

  private:
    int number_ = -1;
};

}  // namespace sluice::wasm
