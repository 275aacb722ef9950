#pragma once

#include "answers.hpp"
#include "behaviour.hpp"
#include "http/asio_types.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::upstream {

/// What the mock saw so far; GET /control/stats shows it.
struct Counters {
    std::uint64_t connections = 0;
    std::uint64_t open = 0;          ///< connections now
    std::uint64_t requests = 0;      ///< all but those of /control/
    std::uint64_t answered = 0;      ///< requests whose answer went out whole
    std::uint64_t closed_early = 0;  ///< the client closed before its answer was complete
};

/// A behaviour and, where the name alone decides, its answer.
struct Prepared {
    Behaviour behaviour{};
    std::string answer{};  ///< empty: made for each request
};

/// Something that coroutines wait for. Every call of notify() wakes all of them.
class Signal {
  public:
    void add(std::shared_ptr<http::Timer> timer);
    void notify();

  private:
    std::vector<std::weak_ptr<http::Timer>> timers_;
};

/// What all connections share: counters, gates, the last request. One thread.
class Board {
  public:
    explicit Board(http::Executor executor) : executor_(executor) {}

    Counters counters{};
    std::string last_request{};

    /// Changes a counter and wakes who waits for one.
    void count(std::uint64_t Counters::* counter, int by = 1);

    /// The behaviour behind a model's name, read once a name.
    Prepared& prepared(std::string_view model);

    bool is_open(const std::string& gate) { return gates_[gate].open; }
    void open(const std::string& gate);

    /// Waits until `done`, which is asked again whenever a counter changes.
    http::Task<void> wait_for_counters(std::function<bool()> done);
    Signal& gate_signal(const std::string& gate) { return gates_[gate].signal; }

    std::string stats() const;

  private:
    struct Gate {
        bool open = false;
        Signal signal{};
    };

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    http::Executor executor_;
    std::map<std::string, Gate> gates_;
    Signal counted_;
    std::unordered_map<std::string, Prepared, Hash, std::equal_to<>> prepared_;
};

}  // namespace sluice::upstream
