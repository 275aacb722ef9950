#pragma once

#include "capi/border.hpp"

#include <mutex>
#include <stop_token>

/// Stops the calls of one plug-in, one at a time: what is asked while none runs stops none.
/// Threads: any.
struct ExtismCancelHandle {
  public:
    /// A call, from construction to destruction.
    class Call {
      public:
        explicit Call(ExtismCancelHandle& handle);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

        std::stop_token token() const { return handle_.present_.get_token(); }

      private:
        ExtismCancelHandle& handle_;
    };

    void cancel() const;

  private:
    mutable std::mutex mutex_;  // of the two below
    mutable std::stop_source present_{std::nostopstate};
    bool is_running_ = false;
};
