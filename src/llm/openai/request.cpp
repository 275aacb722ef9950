#include "llm/openai/request.hpp"

#include "base/json_text.hpp"

#include <algorithm>

namespace sluice::llm::openai {
namespace {

/// Like "v1", "v1beta" or "v4".
bool is_version(std::string_view part) {
    return part.size() >= 2 && part[0] == 'v' && part[1] >= '0' && part[1] <= '9';
}

bool names_version(std::string_view path) {
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        if (is_version(path.substr(0, slash))) return true;
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return false;
}

/// A piece of the body that is left out or replaced.
struct Cut {
    const char* begin;
    const char* end;
    std::string_view instead;
};

bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/// A member with its key and one comma, the one before it if there is one.
Cut member_cut(std::string_view body, const JsonMember& member) {
    const char* begin = member.key.data() - 1;
    const char* end = member.value.data() + member.value.size();
    const char* before = begin;
    while (before > body.data() && is_space(before[-1])) --before;
    if (before > body.data() && before[-1] == ',') return {before - 1, end, {}};
    while (is_space(*end)) ++end;
    if (*end == ',') ++end;
    return {begin, end, {}};
}

/// What of the model's text literal has to go. Mostly that is the prefix alone.
Cut model_cut(std::string_view slice, std::string_view model, std::string& scratch) {
    const std::string_view inside = slice.substr(1, slice.size() - 2);
    const bool plain = inside.find('\\') == std::string_view::npos;
    if (plain && inside.ends_with(model)) {
        const char* begin = inside.data();
        return {begin, begin + (inside.size() - model.size()), {}};
    }
    scratch = json_text(model);
    return {slice.data(), slice.data() + slice.size(), scratch};
}

}  // namespace

std::string endpoint_path(std::string_view base_path, std::string_view endpoint) {
    while (base_path.ends_with('/')) base_path.remove_suffix(1);
    std::string path(base_path);
    path += names_version(base_path) ? "/" : "/v1/";
    return path += endpoint;
}

std::string authorization(std::string_view key) {
    return key.empty() ? std::string() : "Bearer " + std::string(key);
}

std::size_t BodySlices::bytes() const noexcept {
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) total += slices[i].size();
    return total;
}

std::string BodySlices::joined() const {
    std::string body;
    body.reserve(bytes() + 64);  // for a simdjson parser behind it
    for (std::size_t i = 0; i < count; ++i) body += slices[i];
    return body;
}

BodySlices upstream_body(const ChatRequestView& request, std::string_view model,
                         std::string& scratch) {
    std::array<Cut, 2> cuts{};
    std::size_t cut_count = 0;
    cuts[cut_count++] = model_cut(request.model_slice, model, scratch);
    if (!request.fallbacks_slice.empty()) {
        const auto member = std::ranges::find_if(request.members, [&](const auto& each) {
            return each.value.data() == request.fallbacks_slice.data();
        });
        cuts[cut_count++] = member_cut(request.body, *member);
        if (cuts[1].begin < cuts[0].begin) std::swap(cuts[0], cuts[1]);
    }

    BodySlices body;
    const auto add = [&body](std::string_view slice) {
        if (!slice.empty()) body.slices[body.count++] = slice;
    };
    const char* copied = request.body.data();
    for (std::size_t i = 0; i < cut_count; ++i) {
        add({copied, static_cast<std::size_t>(cuts[i].begin - copied)});
        add(cuts[i].instead);
        copied = cuts[i].end;
    }
    const char* const end = request.body.data() + request.body.size();
    add({copied, static_cast<std::size_t>(end - copied)});
    return body;
}

}  // namespace sluice::llm::openai
