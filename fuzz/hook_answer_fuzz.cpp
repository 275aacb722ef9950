#include "hooks/hook_answer.hpp"

#include "base/json_text.hpp"
#include "hooks/hook_context.hpp"
#include "hooks/json_overlay.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace sluice::hooks;
using sluice::JsonDocument;
using sluice::JsonKind;
using sluice::JsonSlice;

std::optional<JsonSlice> read(std::string_view text, JsonDocument& document) {
    try {
        return document.read(text);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        return std::nullopt;
    }
}

JsonSlice read_back(std::string_view text, JsonDocument& document) {
    const auto root = read(text, document);
    if (!root) std::abort();
    return *root;
}

void check_answer(Phase phase, std::string_view json) {
    JsonDocument document;
    HookAnswer answer;
    try {
        answer = read_answer(phase, json, document);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        return;
    }
    for (const JsonSlice part : {answer.context, answer.request, answer.response, answer.chunk,
                                 answer.short_circuit, answer.error}) {
        if (!part) continue;
        const char* const begin = part.text().data();
        if (begin < json.data() || begin + part.text().size() > json.data() + json.size())
            std::abort();
    }
    if (phase != Phase::post && answer.error) std::abort();
}

/// Says whether a key stands twice in one object: which of the two counts is nobody's promise.
bool has_double_key(JsonSlice value) {
    std::set<std::string> keys;
    for (const auto [key, member] : value.members())
        if (!keys.insert(key.string()).second || has_double_key(member)) return true;
    for (const JsonSlice element : value.elements())
        if (has_double_key(element)) return true;
    return false;
}

/// The same document as another writer would spell it: blanks between all tokens, other escapes.
void respell(JsonSlice value, std::string& out) {
    const char* between = "";
    if (value.is(JsonKind::object)) {
        out += "{ ";
        for (const auto [key, member] : value.members()) {
            out += between + sluice::json_text(key.string()) + " : ";
            respell(member, out);
            between = " , ";
        }
        out += " }";
    } else if (value.is(JsonKind::array)) {
        out += "[ ";
        for (const JsonSlice element : value.elements()) {
            out += between;
            respell(element, out);
            between = " , ";
        }
        out += " ]";
    } else {
        out += value.is(JsonKind::string) ? sluice::json_text(value.string())
                                          : std::string(value.text());
    }
}

void check_unchanged(JsonSlice sent, JsonSlice returned, Additions additions) {
    std::string out = "before";
    if (overlay(sent, returned, additions, out) || out != "before") std::abort();
}

void check_overlay(JsonSlice sent, JsonSlice returned, Additions additions) {
    check_unchanged(sent, sent, additions);
    std::string out;
    const bool differs = overlay(sent, returned, additions, out);
    if (differs == out.empty()) std::abort();
    JsonDocument result_document;
    const JsonSlice result = differs ? read_back(out, result_document) : sent;
    if (has_double_key(sent) || has_double_key(returned)) return;
    check_unchanged(result, returned, additions);

    std::string respelled;
    respell(sent, respelled);
    JsonDocument respelled_document;
    check_unchanged(sent, read_back(respelled, respelled_document), additions);
}

void check_merge(HookContext& context, JsonSlice returned) {
    const std::string before(context.json());
    JsonDocument scratch;
    if (!context.merge(returned, scratch)) std::abort();  // it is far from its limit
    JsonDocument old_document;
    JsonDocument new_document;
    const JsonSlice old_root = read_back(before, old_document);
    const JsonSlice new_root = read_back(context.json(), new_document);
    if (!new_root.is(JsonKind::object)) std::abort();
    for (const auto [key, value] : old_root.members())
        if (!new_root.find(key.string())) std::abort();
    for (const auto [key, value] : new_root.members()) {
        const std::string name = key.string();
        if (is_reserved_key(name) && value.text() != old_root.find(name).text()) std::abort();
    }
}

void check_context(JsonSlice first, JsonSlice second) {
    JsonDocument scratch;
    HookContext context("id \" of \n a request \xFF");
    context.set("bifrost-key", R"({"a":[1]})", scratch);
    check_merge(context, first);
    check_merge(context, second);
    context.set("stream_end", "true", scratch);
    check_merge(context, first);
    if (read_back(context.json(), scratch).find("stream_end").text() != "true") std::abort();
}

}  // namespace

/// The first byte names the phase, the first line is what was sent, the rest what came back.
///
/// Property: an answer is read, its slices in it, or refused with an Error. What is overlaid is
/// valid JSON; overlaying a document over itself, however it is spelled, or the same answer a
/// second time, changes nothing. A context stays a JSON object that loses no key, and no plug-in
/// writes a reserved one.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view lines(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t line_end = std::min(lines.find('\n'), lines.size());
    const std::string_view sent_text = lines.substr(0, line_end);
    const std::string_view returned_text = lines.substr(std::min(line_end + 1, lines.size()));

    check_answer(all_phases[data[0] % all_phases.size()], returned_text);
    JsonDocument sent_document;
    JsonDocument returned_document;
    const auto sent = read(sent_text, sent_document);
    const auto returned = read(returned_text, returned_document);
    if (!sent || !returned) return 0;
    check_overlay(*sent, *returned, Additions::not_blank);
    check_overlay(*sent, *returned, Additions::not_null);
    check_context(*sent, *returned);
    return 0;
}
