#include "wasm/memory_ranges.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::wasm {
namespace {

/// Ranges that wait to be used again. They hold no memory, only addresses.
constexpr std::size_t most_spare = 64;

std::size_t whole_pages(std::size_t bytes) noexcept {
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

/// Reserved addresses, of which the first may be read and written.
class Range {
  public:
    /// Nothing when the system has no addresses left.
    static std::optional<Range> reserve(std::size_t bytes) noexcept {
        void* base =
            ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) return std::nullopt;
        return Range(static_cast<std::byte*>(base), bytes);
    }
    ~Range() {
        if (base_ != nullptr) ::munmap(base_, reserved_);
    }
    Range(Range&& other) noexcept
        : base_(std::exchange(other.base_, nullptr)),
          reserved_(other.reserved_),
          usable_(other.usable_) {}
    Range& operator=(Range&& other) noexcept {
        std::swap(base_, other.base_);
        std::swap(reserved_, other.reserved_);
        std::swap(usable_, other.usable_);
        return *this;
    }

    std::byte* base() const noexcept { return base_; }
    std::size_t reserved() const noexcept { return reserved_; }
    std::size_t usable() const noexcept { return usable_; }

    /// Lets so many bytes be used, no more and no fewer. False when the system refuses.
    bool use(std::size_t bytes) noexcept {
        const std::size_t wanted = whole_pages(bytes);
        if (wanted > usable_ &&
            ::mprotect(base_ + usable_, wanted - usable_, PROT_READ | PROT_WRITE) != 0)
            return false;
        if (wanted < usable_ && ::mprotect(base_ + wanted, usable_ - wanted, PROT_NONE) != 0)
            return false;
        usable_ = wanted;
        return true;
    }
    /// Makes all of it zeros again, and gives its memory back. False when the system refuses.
    bool clear() noexcept { return usable_ == 0 || ::madvise(base_, usable_, MADV_DONTNEED) == 0; }

  private:
    Range(std::byte* base, std::size_t bytes) : base_(base), reserved_(bytes) {}

    std::byte* base_;
    std::size_t reserved_;
    std::size_t usable_ = 0;
};

/// Threads: any.
class RangeStock {
  public:
    /// A range with zeros and that many usable bytes. Nothing when the system has none.
    std::optional<Range> take(std::size_t reserved, std::size_t usable) noexcept {
        std::optional<Range> range = take_spare(reserved, usable);
        if (!range) range = Range::reserve(reserved);
        if (!range) {  // the spare ones may be what is missing
            drop_spare();
            range = Range::reserve(reserved);
        }
        if (range && !range->use(usable)) range.reset();
        return range;
    }

    void give_back(Range range) noexcept {
        if (!range.clear()) return;
        const std::lock_guard lock(mutex_);
        if (spare_.size() < most_spare) spare_.push_back(std::move(range));
    }

  private:
    /// Best one that needs no change: an instance's memories come back in the sizes that the next
    /// instance asks for.
    std::optional<Range> take_spare(std::size_t reserved, std::size_t usable) noexcept {
        const std::size_t wanted = whole_pages(usable);
        const std::lock_guard lock(mutex_);
        std::optional<std::size_t> found;
        for (std::size_t i = spare_.size(); i-- > 0;) {
            if (spare_[i].reserved() != reserved) continue;
            found = i;
            if (spare_[i].usable() == wanted) break;
        }
        if (!found) return std::nullopt;
        std::swap(spare_[*found], spare_.back());
        std::optional<Range> range(std::move(spare_.back()));
        spare_.pop_back();
        return range;
    }
    void drop_spare() noexcept {
        std::vector<Range> dropped;
        const std::lock_guard lock(mutex_);
        dropped.swap(spare_);
    }

    std::mutex mutex_;
    std::vector<Range> spare_ = [] {
        std::vector<Range> room;
        room.reserve(most_spare);  // so that giving back never fails
        return room;
    }();
};

/// One memory of one instance. The stock outlives the engine, and so all of these.
struct Memory {
    std::shared_ptr<RangeStock> stock;
    Range range;
    std::size_t bytes;
    std::size_t most_bytes;
};

std::uint8_t* get_memory(void* environment, std::size_t* bytes, std::size_t* capacity) {
    const auto& memory = *static_cast<const Memory*>(environment);
    *bytes = memory.bytes;
    *capacity = memory.most_bytes;
    return reinterpret_cast<std::uint8_t*>(memory.range.base());
}

wasmtime_error_t* grow_memory(void* environment, std::size_t bytes) {
    auto& memory = *static_cast<Memory*>(environment);
    if (bytes > memory.most_bytes) return wasmtime_error_new("no more addresses are reserved");
    if (!memory.range.use(bytes)) return wasmtime_error_new(std::strerror(errno));
    memory.bytes = bytes;
    return nullptr;
}

void end_memory(void* environment) {
    const std::unique_ptr<Memory> memory(static_cast<Memory*>(environment));
    memory->stock->give_back(std::move(memory->range));
}

wasmtime_error_t* new_memory(void* environment, const wasm_memorytype_t*, std::size_t bytes,
                             std::size_t, std::size_t reserved, std::size_t guard,
                             wasmtime_linear_memory_t* made) {
    const auto& stock = *static_cast<const std::shared_ptr<RangeStock>*>(environment);
    const std::size_t room = whole_pages(std::max(bytes, reserved));
    std::optional<Range> range = stock->take(room + whole_pages(guard), bytes);
    if (!range)
        return wasmtime_error_new(
            fmt::format("no addresses for a memory of {} bytes: {}", bytes, std::strerror(errno))
                .c_str());
    auto memory = std::make_unique<Memory>(Memory{stock, std::move(*range), bytes, room});
    *made = {.env = memory.release(),
             .get_memory = get_memory,
             .grow_memory = grow_memory,
             .finalizer = end_memory};
    return nullptr;
}

void end_stock(void* environment) {
    const std::unique_ptr<std::shared_ptr<RangeStock>> ended(
        static_cast<std::shared_ptr<RangeStock>*>(environment));
}

}  // namespace

void reuse_memory_ranges(wasm_config_t* settings) {
    auto stock = std::make_unique<std::shared_ptr<RangeStock>>(std::make_shared<RangeStock>());
    wasmtime_memory_creator_t creator{
        .env = stock.release(), .new_memory = new_memory, .finalizer = end_stock};
    wasmtime_config_host_memory_creator_set(settings, &creator);
    wasmtime_config_memory_init_cow_set(settings, false);
}

}  // namespace sluice::wasm
