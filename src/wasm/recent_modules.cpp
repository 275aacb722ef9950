#include "wasm/recent_modules.hpp"

#include <algorithm>

namespace sluice::wasm {

std::optional<Module> RecentModules::find(const ModuleOrigin& origin) {
    const std::lock_guard lock(mutex_);
    const auto kept = std::ranges::find(kept_, origin, &Kept::origin);
    if (kept == kept_.end()) return find_living(origin);
    kept_.splice(kept_.begin(), kept_, kept);
    return kept->module;
}

std::optional<Module> RecentModules::find_living(const ModuleOrigin& origin) const {
    const auto place = living_.find(origin);
    return place == living_.end() ? std::nullopt : place->second.module();
}

void RecentModules::add(const ModuleOrigin& origin, const Module& module, std::size_t wasm_bytes) {
    std::list<Kept> dropped;  // outlives the lock: to free code takes system calls
    const std::lock_guard lock(mutex_);
    forget_the_dead();
    living_.insert_or_assign(origin, Module::Watch(module));
    kept_.push_front({origin, module, wasm_bytes});
    kept_bytes_ += wasm_bytes;
    while (kept_.size() > bounds_.modules || kept_bytes_ > bounds_.wasm_bytes) {
        kept_bytes_ -= kept_.back().wasm_bytes;
        dropped.splice(dropped.end(), kept_, std::prev(kept_.end()));
    }
}

void RecentModules::forget_the_dead() {
    if (living_.size() < next_sweep_) return;
    std::erase_if(living_, [](const auto& entry) { return entry.second.is_gone(); });
    next_sweep_ = 2 * living_.size() + 64;
}

}  // namespace sluice::wasm
