#include "capi/cancel.hpp"

ExtismCancelHandle::Call::Call(ExtismCancelHandle& handle) : handle_(handle) {
    const std::lock_guard lock(handle.mutex_);
    handle.present_ = std::stop_source();
}

ExtismCancelHandle::Call::~Call() {
    const std::lock_guard lock(handle_.mutex_);
    handle_.present_ = std::stop_source(std::nostopstate);
}

void ExtismCancelHandle::cancel() const {
    const std::lock_guard lock(mutex_);
    present_.request_stop();
}

bool extism_plugin_cancel(const ExtismCancelHandle* handle) {
    return sluice::capi::at_border(false, [&] {
        if (handle == nullptr) return false;
        handle->cancel();
        return true;
    });
}
