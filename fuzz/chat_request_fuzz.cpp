#include "llm/chat_request.hpp"

#include "base/json_slices.hpp"

#include "padded.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using sluice::JsonDocument;
using sluice::JsonKind;
using sluice::JsonSlice;
using sluice::llm::ChatRequestReader;
using sluice::llm::ChatRequestView;
using sluice::llm::JsonMember;

constexpr std::string_view not_json = "invalid request format";

/// Why the reader refuses the body; empty when it does not.
std::string refusal(ChatRequestReader& reader, std::string_view body, ChatRequestView& request) {
    try {
        reader.read(body, request);
        return {};
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        if (std::string_view(error.what()).empty()) std::abort();
        return error.what();
    }
}

/// The body without the white space around its members. Aborts when they are not in it, in order.
class Walk {
  public:
    explicit Walk(std::string_view body) : at_(body.data()), end_(at_ + body.size()) {}

    void take(std::string_view slice) {
        if (slice.data() < at_ || slice.data() + slice.size() > end_) std::abort();
        skip_to(slice.data());
        text_ += slice;
        at_ += slice.size();
    }
    std::string finish() && {
        skip_to(end_);
        return std::move(text_);
    }

  private:
    void skip_to(const char* place) {
        for (; at_ != place; ++at_)
            if (std::string_view(" \t\r\n").find(*at_) == std::string_view::npos) text_ += *at_;
    }

    const char* at_;
    const char* end_;
    std::string text_{};
};

std::string rebuilt(const ChatRequestView& request) {
    std::string text = "{";
    for (const auto& [key, value] : request.members) {
        if (text.size() > 1) text += ',';
        text += '"';
        text += key;
        text += "\":";
        text += value;
    }
    return text + '}';
}

void check_members(std::string_view body, const ChatRequestView& request) {
    Walk walk(body);
    for (const JsonMember& member : request.members) {
        walk.take(member.key);
        walk.take(member.value);
    }
    if (std::move(walk).finish() != rebuilt(request)) std::abort();
}

void check_slices(const ChatRequestView& request) {
    const auto is_a_value = [&](std::string_view slice) {
        for (const JsonMember& member : request.members)
            if (member.value.data() == slice.data() && member.value.size() == slice.size())
                return true;
        return false;
    };
    if (!is_a_value(request.model_slice) || !is_a_value(request.messages_slice)) std::abort();
    if (!request.fallbacks_slice.empty() && !is_a_value(request.fallbacks_slice)) std::abort();
    if (request.model.empty() || request.messages_slice.front() != '[') std::abort();
}

/// Against the reader that checks every byte.
void check_against_document(std::string_view body, const std::string& refusal,
                            const ChatRequestView& request) {
    JsonDocument document;
    JsonSlice root;
    try {
        root = document.read(body);
    } catch (const sluice::Error&) {
        return;
    }
    if (!root.is(JsonKind::object)) {
        if (!refusal.starts_with(not_json)) std::abort();
        return;
    }
    const bool may_name_surrogates = body.find("\\u") != std::string_view::npos;
    if (refusal.starts_with(not_json) && !may_name_surrogates) std::abort();
    if (!refusal.empty()) return;
    if (root.size() != request.members.size()) std::abort();
    auto member = request.members.begin();
    for (const auto [key, value] : root.members()) {
        if (key.text() != '"' + std::string(member->key) + '"') std::abort();
        if (value.text() != member->value) std::abort();
        if (value.text().data() == request.model_slice.data() && value.string() != request.model)
            std::abort();
        ++member;
    }
}

void check_same(const ChatRequestView& a, const ChatRequestView& b) {
    if (a.model != b.model || a.stream != b.stream || a.include_usage != b.include_usage)
        std::abort();
    if (a.messages_slice != b.messages_slice || a.fallbacks_slice != b.fallbacks_slice)
        std::abort();
}

}  // namespace

/// Property: a body is refused with an Error, or it is its members and white space between them:
/// put together again they are the same request. On JSON that is valid to the last byte the reader
/// agrees with JsonDocument. No byte behind the promised padding is looked at.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const sluice::tests::Padded body({reinterpret_cast<const char*>(data), size});
    ChatRequestReader reader;
    ChatRequestView request;
    const std::string problem = refusal(reader, body.view(), request);
    check_against_document(body.view(), problem, request);
    if (!problem.empty()) return 0;
    check_members(body.view(), request);
    check_slices(request);

    const sluice::tests::Padded again(rebuilt(request));
    ChatRequestReader other_reader;
    ChatRequestView other;
    if (!refusal(other_reader, again.view(), other).empty()) std::abort();
    check_same(request, other);
    return 0;
}
