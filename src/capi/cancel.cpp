#include "capi/cancel.hpp"

ExtismCancelHandle::Call::Call(ExtismCancelHandle& handle) : handle_(handle) {
    const std::lock_guard lock(handle.mutex_);
    // One that nobody asked to stop serves the next call as well.
    if (!handle.present_.stop_possible() || handle.present_.stop_requested())
        handle.present_ = std::stop_source();
    handle.is_running_ = true;
}

ExtismCancelHandle::Call::~Call() {
    const std::lock_guard lock(handle_.mutex_);
    handle_.is_running_ = false;
}

void ExtismCancelHandle::cancel() const {
    const std::lock_guard lock(mutex_);
    if (is_running_) present_.request_stop();
}

bool extism_plugin_cancel(const ExtismCancelHandle* handle) {
    return sluice::capi::at_border(false, [&] {
        if (handle == nullptr) return false;
        handle->cancel();
        return true;
    });
}
