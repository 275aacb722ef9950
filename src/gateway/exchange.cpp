#include "gateway/exchange.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

bool is_sound_request_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    const auto is_visible = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
    return !id.empty() && id.size() <= longest && std::ranges::all_of(id, is_visible);
}

void Exchange::clear() {
    constexpr std::size_t kept_bytes = 4096;
    Exchange fresh;
    for (std::string Exchange::* text : {&Exchange::request_id, &Exchange::model, &Exchange::error,
                                         &Exchange::input, &Exchange::output}) {
        if ((this->*text).capacity() > kept_bytes) continue;
        (fresh.*text).swap(this->*text);
        (fresh.*text).clear();
    }
    std::swap(*this, fresh);  // assigning would keep the memory of the large ones
}

}  // namespace sluice::gateway
