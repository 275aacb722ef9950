#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

// The contract with the gateway, as any C++ plug-in needs it: blocks of memory and packed results.

/// Makes a function visible to the gateway under `name`. malloc and free are exported by the
/// linker's flags.
#define GUEST_EXPORT(name) extern "C" __attribute__((export_name(name)))

/// Objects that keep the order of their members: what is sent on should look like what came.
using Json = nlohmann::ordered_json;

/// Hands text to the gateway, which frees it: address in the upper half, length in the lower. 0
/// says nothing.
inline std::uint64_t give(std::string_view text) {
    void* block = std::malloc(text.size() + 1);
    if (block == nullptr) return 0;
    std::memcpy(block, text.data(), text.size());
    return std::uint64_t{reinterpret_cast<std::uintptr_t>(block)} << 32 | text.size();
}

/// Text that is not UTF-8 must not abort the plug-in (there are no exceptions here): it is sent
/// with U+FFFD instead.
inline std::uint64_t give_json(const Json& answer) {
    return give(answer.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Discarded (and so no object) when `text` is not JSON.
inline Json parse(std::string_view text) {
    return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

/// The member called `key`; null when there is none. Never throws, unlike Json::at.
template <class J>
J* member(J& object, const char* key) {
    if (!object.is_object()) return nullptr;
    auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}
