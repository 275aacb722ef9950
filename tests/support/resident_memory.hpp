#pragma once

#include <gtest/gtest.h>

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

// A sanitizer keeps what is freed, and looks for leaks itself.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLUICE_SKIP_WITHOUT_MEMORY_COUNTS() GTEST_SKIP() << "a sanitizer keeps freed memory"
#else
#define SLUICE_SKIP_WITHOUT_MEMORY_COUNTS() static_cast<void>(0)
#endif

namespace sluice::tests {

/// Bytes of this process's own in memory, without what the allocator holds back. Pages of files
/// come as code is run for the first time and do not count.
inline std::ptrdiff_t resident_bytes() {
    ::malloc_trim(0);
    std::ptrdiff_t all = 0;
    std::ptrdiff_t resident = 0;
    std::ptrdiff_t of_files = 0;
    std::ifstream("/proc/self/statm") >> all >> resident >> of_files;
    return (resident - of_files) * ::sysconf(_SC_PAGESIZE);
}

/// Runs `round` a tenth of `rounds` times, so that everything that grows once has grown, then
/// `rounds` times, and expects the process to grow by less than `bound` bytes meanwhile.
template <class Round>
void expect_no_growth(int rounds, std::ptrdiff_t bound, Round&& round) {
    // The system would put huge pages in the place of small ones, whenever it likes.
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    for (int i = 0; i < rounds / 10; ++i) round();
    const std::ptrdiff_t before = resident_bytes();
    for (int i = 0; i < rounds; ++i) round();
    EXPECT_LT(resident_bytes() - before, bound)
        << "bytes were not given back in " << rounds << " rounds";
}

}  // namespace sluice::tests
