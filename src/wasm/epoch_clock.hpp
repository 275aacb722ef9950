#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

struct wasm_engine_t;

namespace sluice::wasm {

/// The thread that moves an engine's epoch on, so that running guests can be stopped. It ticks
/// slowly while calls are short, as each tick takes a core from them, and rests while no guest
/// runs: a gateway that serves nobody wakes nobody. Internal to the layer.
///
/// Threads: any.
class EpochClock {
  public:
    /// Whether one instance runs guest code. The instance's own, so that threads share no line.
    class Runner {
      public:
        explicit Runner(EpochClock& clock);
        ~Runner();
        Runner(const Runner&) = delete;
        Runner& operator=(const Runner&) = delete;

        /// Guest code runs from here, and the clock with it, until leave().
        void enter() noexcept {
            ++entries_;
            running_.store(entries_, std::memory_order_relaxed);
            // No fence for the processor here, as it would cost more than the call: rest() makes
            // up for it by a barrier in every thread. This one binds the compiler alone.
            std::atomic_signal_fence(std::memory_order_seq_cst);
            if (clock_.resting_.load(std::memory_order_relaxed)) clock_.wake();
        }
        void leave() noexcept { running_.store(0, std::memory_order_release); }

        /// enter() now, leave() at the end of the scope.
        class Scope {
          public:
            explicit Scope(Runner& runner) noexcept : runner_(runner) { runner_.enter(); }
            ~Scope() { runner_.leave(); }
            Scope(const Scope&) = delete;
            Scope& operator=(const Scope&) = delete;

          private:
            Runner& runner_;
        };

      private:
        friend class EpochClock;
        EpochClock& clock_;
        std::size_t place_ = 0;      ///< in the clock's list
        std::uint64_t entries_ = 0;  ///< the runner's own
        std::uint64_t seen_ = 0;     ///< what `running_` was at the last tick; the clock's
        std::atomic<std::uint64_t> running_{0};  ///< which of its entries; 0 while it runs no guest
    };

    /// Ticks come `tick` apart while one call runs from one to the next, else four times as far.
    /// `engine` outlives the clock.
    EpochClock(wasm_engine_t* engine, std::chrono::milliseconds tick);

    /// No more ticks from here on. Called by the engine's owner at its end.
    void stop();
    bool resting() const noexcept { return resting_.load(std::memory_order_relaxed); }

  private:
    void run(const std::stop_token& stop);
    bool some_call_is_long() noexcept;
    void rest(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
    void wake() noexcept;

    wasm_engine_t* engine_;
    std::chrono::milliseconds tick_;
    bool may_rest_;
    std::atomic<bool> resting_{false};
    std::mutex mutex_;  // of the two below
    std::condition_variable_any changed_;
    std::vector<Runner*> runners_;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace sluice::wasm
