#include "http/link_pool.hpp"

#include "http/sweep.hpp"

#include <algorithm>
#include <utility>

namespace sluice::http {
namespace {

/// How long an idle link keeps its read buffer.
constexpr auto buffer_age = std::chrono::seconds(1);

}  // namespace

LinkPool::LinkPool(Target target, LinkPoolLimits limits)
    : target_(std::move(target)), limits_(limits) {}

std::unique_ptr<Link> LinkPool::take() {
    while (!idle_.empty()) {
        std::unique_ptr<Link> link = std::move(idle_.back());
        idle_.pop_back();
        if (link->is_quiet()) return link;
    }
    return nullptr;
}

void LinkPool::give(std::unique_ptr<Link> link) {
    if (!link->socket().is_open() || !link->buffer().empty()) return;
    if (idle_.size() >= limits_.idle_links) {
        ++dropped_;
        return;
    }
    ++link->served;
    link->idle_since = Sweep::now();
    idle_.push_back(std::move(link));
}

void LinkPool::drop_aged(Clock::time_point now) {
    const auto first_young =
        std::find_if(idle_.begin(), idle_.end(), [&](const std::unique_ptr<Link>& link) {
            return now - link->idle_since < limits_.idle_age;
        });
    idle_.erase(idle_.begin(), first_young);
    // Links are taken from the back: those in front are the ones that are not needed now.
    for (const std::unique_ptr<Link>& link : idle_) {
        if (now - link->idle_since < buffer_age) break;
        link->buffer().release();
    }
}

}  // namespace sluice::http
