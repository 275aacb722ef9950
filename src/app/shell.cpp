#include "app/shell.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::app {
namespace {

/// What the child does before it runs the shell.
class Steps {
  public:
    Steps() { ::posix_spawn_file_actions_init(&steps_); }
    ~Steps() { ::posix_spawn_file_actions_destroy(&steps_); }
    Steps(const Steps&) = delete;
    Steps& operator=(const Steps&) = delete;

    void change_folder(const std::filesystem::path& folder) {
        ::posix_spawn_file_actions_addchdir_np(&steps_, folder.c_str());
    }
    const posix_spawn_file_actions_t* get() const { return &steps_; }

  private:
    posix_spawn_file_actions_t steps_{};
};

}  // namespace

int run_in_shell(const std::string& command, const std::filesystem::path& folder) {
    Steps steps;
    steps.change_folder(folder);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
    pid_t child = 0;
    const int failed =
        ::posix_spawn(&child, "/bin/sh", steps.get(), nullptr, arguments.data(), ::environ);
    if (failed != 0)
        throw Error(ErrorCode::unavailable,
                    fmt::format("{}: `{}` cannot be started: {}", folder.string(), command,
                                std::strerror(failed)));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace sluice::app
