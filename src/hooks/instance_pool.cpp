#include "hooks/instance_pool.hpp"

#include "hooks/hook_instance.hpp"

#include <utility>

namespace sluice::hooks {

InstancePool::Lease::Lease(InstancePool* pool, std::unique_ptr<HookInstance> instance) noexcept
    : pool_(pool), instance_(std::move(instance)) {
    ++pool_->in_use_;
}

InstancePool::Lease::Lease(Lease&&) noexcept = default;

InstancePool::Lease& InstancePool::Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    pool_ = other.pool_;
    instance_ = std::move(other.instance_);
    return *this;
}

InstancePool::Lease::~Lease() {
    give_back();
}

void InstancePool::Lease::give_back() noexcept {
    if (!instance_) return;
    --pool_->in_use_;
    if (instance_->faulted()) {
        instance_.reset();
    } else if (instance_->is_worn()) {
        instance_->cleanup();
        instance_.reset();
    } else {
        pool_->idle_.push_back(std::move(instance_));  // within what the constructor reserved
    }
}

HookInstance& InstancePool::Lease::operator*() const noexcept {
    return *instance_;
}

InstancePool::InstancePool(std::shared_ptr<const HookPlugin> plugin) : plugin_(std::move(plugin)) {
    idle_.reserve(plugin_->options().instances_per_thread);
}

InstancePool::~InstancePool() {
    for (const auto& instance : idle_) instance->cleanup();
}

bool InstancePool::exhausted() const noexcept {
    return in_use_ >= plugin_->options().instances_per_thread;
}

InstancePool::Lease InstancePool::take(std::size_t input_bytes) {
    while (!idle_.empty()) {
        auto instance = std::move(idle_.back());
        idle_.pop_back();
        if (instance->fits(input_bytes)) return {this, std::move(instance)};
        instance->cleanup();
    }
    return {this, make(input_bytes)};
}

std::unique_ptr<HookInstance> InstancePool::make(std::size_t input_bytes) {
    auto instance = std::make_unique<HookInstance>(plugin_->state(), input_bytes);
    instance->init();
    ++made_;
    return instance;
}

const HookPlugin& InstancePool::plugin() const noexcept {
    return *plugin_;
}

}  // namespace sluice::hooks
