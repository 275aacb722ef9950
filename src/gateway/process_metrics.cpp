#include "gateway/process_metrics.hpp"

#include "gateway/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::gateway {
namespace {

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double size = 0;
    double resident = 0;
    statm >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code failed;
    const std::filesystem::directory_iterator files("/proc/self/fd", failed);
    if (failed) return 0;
    return static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
    metrics.gauge("process_cpu_seconds_total", "CPU time, user and system, in seconds",
                  cpu_seconds);
    metrics.gauge("process_resident_memory_bytes", "Resident memory in bytes", resident_bytes);
    metrics.gauge("process_open_fds", "Open file descriptors", open_files);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    metrics.gauge("process_start_time_seconds", "When the process began to count, Unix time",
                  [start = std::chrono::duration<double>(now).count()] { return start; });
}

}  // namespace sluice::gateway
