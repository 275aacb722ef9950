#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// A program of ours that runs beside the test; killed when the test leaves it.
class Process {
  public:
    /// `environment` holds `NAME=value` pairs that are added to the test's own.
    explicit Process(std::vector<std::string> command, std::vector<std::string> environment = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The port in its line "listening on http://127.0.0.1:PORT".
    /// Errors: \throws std::runtime_error, with what it wrote, when it ends without that line.
    std::uint16_t listening_port();

    /// Waits until it has written this. False when it ended before.
    bool wait_for(std::string_view text);

    void signal(int number);
    /// Waits for the end. The exit code, or 128 + the signal that ended it, as shells count.
    int wait();
    /// What it wrote on both outputs so far; after wait() everything.
    const std::string& output();

  private:
    bool read_more();

    pid_t pid_ = -1;
    int pipe_ = -1;
    std::string output_;
    int status_ = 0;
};

/// The gateway's own program.
std::string sluice_program();

}  // namespace sluice::tests
