#include <sluice/plugin_pool.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

/// Idle plug-ins, each where the thread that gave it back finds it again: threads that come and go
/// meet at no lock.
/// Threads: any.
class Nests {
  public:
    explicit Nests(std::size_t most)
        : nests_(std::min<std::size_t>(most, std::max(1U, std::thread::hardware_concurrency()))) {}

    /// What this thread gave back last, if nobody else took it.
    std::unique_ptr<Plugin> take_own() { return take_from(own()); }
    /// Whatever there is.
    std::unique_ptr<Plugin> take_any() {
        for (Nest& nest : nests_)
            if (std::unique_ptr<Plugin> plugin = take_from(nest)) return plugin;
        return nullptr;
    }
    /// Gives `plugin` back where the nest is taken.
    std::unique_ptr<Plugin> put(std::unique_ptr<Plugin> plugin) noexcept {
        Nest& nest = own();
        const std::lock_guard lock(nest.mutex);
        if (nest.plugin) return plugin;
        nest.plugin = std::move(plugin);
        return nullptr;
    }
    std::size_t count() const noexcept {
        return static_cast<std::size_t>(std::ranges::count_if(nests_, [](const Nest& nest) {
            const std::lock_guard lock(nest.mutex);
            return nest.plugin != nullptr;
        }));
    }

  private:
    struct alignas(64) Nest {  // a cache line of its own
        mutable std::mutex mutex{};
        std::unique_ptr<Plugin> plugin{};
    };

    static std::unique_ptr<Plugin> take_from(Nest& nest) {
        const std::lock_guard lock(nest.mutex);
        return std::move(nest.plugin);
    }
    Nest& own() noexcept {
        static std::atomic<std::size_t> threads{0};
        thread_local const std::size_t mine = threads++;
        return nests_[mine % nests_.size()];
    }

    std::vector<Nest> nests_;
};

/// Somebody in line, who is handed a plug-in or the right to make one.
struct Waiter {
    std::condition_variable turn{};
    bool served = false;
    std::unique_ptr<Plugin> plugin{};
};

}  // namespace

struct PluginPool::Lease::Shared {
    Shared(CompiledPlugin chosen, std::size_t bound)
        : compiled(std::move(chosen)), most(bound), nests(bound) {}

    const CompiledPlugin compiled;
    const std::size_t most;

    Nests nests;
    /// In line or about to be. Counted before the last look into the nests, and read after a
    /// plug-in was put into one: of the two, one sees the other.
    std::atomic<std::size_t> waiting{0};

    mutable std::mutex mutex{};
    std::vector<std::unique_ptr<Plugin>> idle{};  // under the mutex, as all below
    std::size_t size = 0;
    std::list<Waiter*> line{};

    /// Empty when the time was over. `until` empty: waits for ever.
    std::unique_ptr<Plugin> take(std::optional<Clock::time_point> until);
    /// Under the mutex: what lies in a nest, or waits. False when the time was over; `plugin` may
    /// be empty otherwise: then there is a place for one.
    bool take_or_wait(std::unique_lock<std::mutex>& lock, std::optional<Clock::time_point> until,
                      std::unique_ptr<Plugin>& plugin);
    std::unique_ptr<Plugin> make();
    void give_back(std::unique_ptr<Plugin> plugin) noexcept;
    /// Stands in line until `waiter` is served; false when the time was over first.
    bool wait(std::unique_lock<std::mutex>& lock, Waiter& waiter,
              std::optional<Clock::time_point> until);
    /// A plug-in came (or a place for one, when it is empty): for the first in line, if any.
    void pass_on(std::unique_ptr<Plugin> plugin);
};

bool PluginPool::Lease::Shared::wait(std::unique_lock<std::mutex>& lock, Waiter& waiter,
                                     std::optional<Clock::time_point> until) {
    const auto place = line.insert(line.end(), &waiter);
    const auto served = [&] { return waiter.served; };
    if (!until) {
        waiter.turn.wait(lock, served);
        return true;
    }
    if (waiter.turn.wait_until(lock, *until, served)) return true;
    line.erase(place);
    return false;
}

std::unique_ptr<Plugin> PluginPool::Lease::Shared::take(std::optional<Clock::time_point> until) {
    if (waiting == 0)
        if (auto plugin = nests.take_own()) return plugin;
    std::unique_ptr<Plugin> plugin;
    std::unique_lock lock(mutex);
    if (!idle.empty()) {
        plugin = std::move(idle.back());
        idle.pop_back();
    } else if (plugin = nests.take_any(); plugin) {
        return plugin;
    } else if (size < most) {
        idle.reserve(size + 1);  // so that giving back never fails
        ++size;
    } else if (!take_or_wait(lock, until, plugin)) {
        return nullptr;
    }
    lock.unlock();
    return plugin ? std::move(plugin) : make();
}

bool PluginPool::Lease::Shared::take_or_wait(std::unique_lock<std::mutex>& lock,
                                             std::optional<Clock::time_point> until,
                                             std::unique_ptr<Plugin>& plugin) {
    ++waiting;
    plugin = nests.take_any();
    Waiter waiter;
    const bool served = plugin || wait(lock, waiter, until);
    --waiting;
    if (!plugin) plugin = std::move(waiter.plugin);
    return served;
}

std::unique_ptr<Plugin> PluginPool::Lease::Shared::make() {
    try {
        return std::make_unique<Plugin>(compiled);
    } catch (...) {
        const std::lock_guard lock(mutex);
        pass_on(nullptr);
        throw;
    }
}

void PluginPool::Lease::Shared::pass_on(std::unique_ptr<Plugin> plugin) {
    if (!line.empty()) {
        Waiter& first = *line.front();
        line.pop_front();
        first.plugin = std::move(plugin);
        first.served = true;
        first.turn.notify_one();
    } else if (plugin) {
        idle.push_back(std::move(plugin));
    } else {
        --size;
    }
}

void PluginPool::Lease::Shared::give_back(std::unique_ptr<Plugin> plugin) noexcept {
    if (plugin->is_poisoned()) {
        plugin.reset();
    } else {
        plugin = nests.put(std::move(plugin));
        if (!plugin && waiting == 0) return;
        if (!plugin) plugin = nests.take_own();
        if (!plugin) return;  // somebody was faster
    }
    const std::lock_guard lock(mutex);
    pass_on(std::move(plugin));
}

PluginPool::Lease::Lease(std::shared_ptr<Shared> pool, std::unique_ptr<Plugin> plugin)
    : pool_(std::move(pool)), plugin_(std::move(plugin)) {}

PluginPool::Lease::Lease(Lease&&) noexcept = default;

PluginPool::Lease& PluginPool::Lease::operator=(Lease&& other) noexcept {
    if (plugin_ && this != &other) pool_->give_back(std::move(plugin_));
    pool_ = std::move(other.pool_);
    plugin_ = std::move(other.plugin_);
    return *this;
}

PluginPool::Lease::~Lease() {
    if (plugin_) pool_->give_back(std::move(plugin_));
}

PluginPool::PluginPool(CompiledPlugin compiled, std::size_t most) {
    if (most == 0)
        throw Error(ErrorCode::invalid_input,
                    "plug-in " + compiled.name() + ": a pool of no plug-ins serves nobody");
    shared_ = std::make_shared<Lease::Shared>(std::move(compiled), most);
}

PluginPool::~PluginPool() = default;

PluginPool::Lease PluginPool::take() {
    return {shared_, shared_->take(std::nullopt)};
}

std::optional<PluginPool::Lease> PluginPool::take_within(std::chrono::milliseconds wait) {
    std::unique_ptr<Plugin> plugin = shared_->take(Clock::now() + wait);
    if (!plugin) return std::nullopt;
    return Lease(shared_, std::move(plugin));
}

std::size_t PluginPool::idle() const noexcept {
    const std::lock_guard lock(shared_->mutex);
    return shared_->idle.size() + shared_->nests.count();
}

std::size_t PluginPool::size() const noexcept {
    const std::lock_guard lock(shared_->mutex);
    return shared_->size;
}

}  // namespace sluice
