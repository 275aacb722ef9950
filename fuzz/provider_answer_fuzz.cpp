#include "llm/openai/answer.hpp"

#include "base/json_slices.hpp"

#include "padded.hpp"

#include <sluice/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using sluice::JsonDocument;
using sluice::JsonKind;
using sluice::JsonSlice;
using namespace sluice::llm;
using openai::AnswerFacts;
using openai::AnswerReader;

/// The object that `json` is to the last byte, if it is one.
std::optional<JsonSlice> strict_object(std::string_view json, JsonDocument& document) {
    try {
        const JsonSlice root = document.read(json);
        if (root.is(JsonKind::object)) return root;
    } catch (const sluice::Error&) {
    }
    return std::nullopt;
}

void check_facts(const AnswerFacts& facts, JsonSlice root) {
    bool has_usage = false;
    bool has_error = false;
    for (const auto [key, value] : root.members()) {
        if (key.text() == "\"usage\"") has_usage |= value.is(JsonKind::object);
        if (key.text() == "\"error\"") has_error = value.has_value();
    }
    if (!facts.is_json || facts.usage.has_value() != has_usage) std::abort();
    if (facts.has_error != has_error) std::abort();
}

void check_error(const ApiError& error, int status, std::string_view body) {
    using namespace std::chrono_literals;
    if (error.status != status || error.retry_after != 7s) std::abort();
    if (error.message.empty() || error.type.empty()) std::abort();
    if (!error.body.empty() && error.body != body) std::abort();
    JsonDocument document;
    document.read(to_json(error));
}

}  // namespace

/// Property: no bytes make the reader throw. What it says of a valid object is what JsonDocument
/// sees in it, whether its content is wanted or not. An error always has a type and a message, and
/// its JSON is valid. No byte behind the promised padding is looked at.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace std::chrono_literals;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const sluice::tests::Padded padded(bytes);
    AnswerReader reader;
    const AnswerFacts facts = reader.read(padded.view());
    if (facts.usage && bytes.find("\"usage\"") == std::string_view::npos) std::abort();
    std::string content = "before";
    const AnswerFacts with_content = reader.read(padded.view(), &content);
    if (!content.starts_with("before") || content.size() > size + 6) std::abort();

    JsonDocument document;
    if (const auto root = strict_object(bytes, document)) {
        check_facts(facts, *root);
        check_facts(with_content, *root);
        if (facts.finish_reason != with_content.finish_reason) std::abort();
    }
    check_error(reader.read_error(429, bytes, 7s), 429, bytes);
    return 0;
}
