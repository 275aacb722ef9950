#include "program.hpp"

#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

extern char** environ;

namespace sluice::tests {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> command_line(const std::vector<std::string>& arguments) {
    std::vector<std::string> line{SLUICE_PROGRAM};
    line.insert(line.end(), arguments.begin(), arguments.end());
    return line;
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Ended sluice(const std::vector<std::string>& arguments, std::string_view input) {
    const TemporaryFolder folder;
    const std::string in = folder.path() / "in";
    const std::string out = folder.path() / "out";
    const std::string errors = folder.path() / "errors";
    std::ofstream(in, std::ios::binary) << input;

    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    constexpr int write_new = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), write_new, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), write_new, 0600);
    std::vector<std::string> line = command_line(arguments);
    pid_t process = 0;
    const int failure =
        ::posix_spawn(&process, SLUICE_PROGRAM, &actions, nullptr, pointers(line).data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw std::system_error(failure, std::generic_category(), SLUICE_PROGRAM);
    const int status = wait_for(process);
    return {.status = status, .output = read_file(out), .errors = read_file(errors)};
}

std::string sluice_on_terminal(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& variables) {
    std::vector<std::string> line = command_line(arguments);
    std::vector<std::string> environment{"TERM=xterm", "HOME=/nonexistent"};
    environment.insert(environment.end(), variables.begin(), variables.end());
    std::vector<char*> line_pointers = pointers(line);
    std::vector<char*> environment_pointers = pointers(environment);
    int terminal = -1;
    const pid_t process = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (process < 0) throw std::system_error(errno, std::generic_category(), "forkpty");
    if (process == 0) {
        ::execve(SLUICE_PROGRAM, line_pointers.data(), environment_pointers.data());
        ::_exit(127);
    }
    std::string printed;
    std::array<char, 4096> buffer{};
    // The last read fails with EIO: that is how a terminal tells that its other side is gone.
    for (ssize_t got = 0; (got = ::read(terminal, buffer.data(), buffer.size())) > 0;)
        printed.append(buffer.data(), static_cast<std::size_t>(got));
    ::close(terminal);
    wait_for(process);
    return printed;
}

std::string guest_path(std::string_view name) {
    return std::string(SLUICE_TEST_GUESTS) + "/" + std::string(name) + ".wat";
}

}  // namespace sluice::tests
