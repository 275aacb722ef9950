#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <regex>
#include <stdexcept>
#include <system_error>

namespace sluice::tests {
namespace {

void check(int error, const char* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

Process::Process(std::vector<std::string> command, std::vector<std::string> environment) {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe");
    for (char** own = environ; *own != nullptr; ++own) environment.emplace_back(*own);

    posix_spawn_file_actions_t actions{};
    check(posix_spawn_file_actions_init(&actions), "spawn actions");
    check(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), "stdout");
    check(posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO), "stderr");
    const std::vector<char*> arguments = pointers(command);
    const std::vector<char*> variables = pointers(environment);
    const int error =
        ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    pipe_ = ends[0];
    check(error, command[0].c_str());
}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (pipe_ >= 0) ::close(pipe_);
}

bool Process::read_more() {
    std::array<char, 4'096> buffer{};
    const ssize_t count = ::read(pipe_, buffer.data(), buffer.size());
    if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::uint16_t Process::listening_port() {
    const std::regex line(R"(listening on http://127\.0\.0\.1:(\d+)\n)");
    for (std::smatch found; !std::regex_search(output_, found, line);)
        if (!read_more()) throw std::runtime_error("ended at its start: " + output_);
    std::smatch found;
    std::regex_search(output_, found, line);
    return static_cast<std::uint16_t>(std::stoi(found[1]));
}

bool Process::wait_for(std::string_view text) {
    while (output_.find(text) == std::string::npos)
        if (!read_more()) return false;
    return true;
}

void Process::signal(int number) {
    ::kill(pid_, number);
}

int Process::wait() {
    if (pid_ <= 0) return status_;
    output();
    int status = 0;
    if (::waitpid(pid_, &status, 0) < 0)
        throw std::system_error(errno, std::generic_category(), "wait");
    pid_ = -1;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const std::string& Process::output() {
    while (read_more()) {
    }
    return output_;
}

std::string sluice_program() {
    return SLUICE_PROGRAM;
}

}  // namespace sluice::tests
