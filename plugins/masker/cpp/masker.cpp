// Masker: keeps words out of what is asked and answered, also where a provider cuts them in two.

#include "sluice/plugin.hpp"

#include <algorithm>
#include <charconv>

namespace {

constexpr std::string_view mask = "***";
using Words = std::vector<std::string>;

/// Gives a text without the words.
auto masking(const Words& words) {
    return [&words](std::string text) {
        for (const std::string& word : words)
            for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;
                 at += mask.size())
                text.replace(at, word.size(), mask);
        return text;
    };
}

struct Masker {
    static constexpr std::string_view name = "masker";

    bool init(const sluice::Members& config) {
        const std::string_view given = config.get("words");
        if (!given.empty()) {
            if (!given.starts_with('[')) return false;
            words.clear();
            for (const std::string& element : sluice::elements_of(given))
                words.push_back(sluice::json::text_of(element).value_or(std::string()));
        }
        stop_at = config.text("stop_at");
        return read(config.get("most_messages"), most_messages) &&
               read(config.get("most_bytes"), most_bytes) && !std::ranges::count(words, "");
    }

    std::optional<sluice::HttpResponse> http_pre_hook(sluice::Context&,
                                                      sluice::HttpRequest& request) {
        if (request.body().size() > most_bytes)
            return sluice::HttpResponse::error(
                413, "invalid_request_error",
                "the body has more than " + std::to_string(most_bytes) + " bytes");
        if (request.header("X-Masker").empty()) request.set_header("X-Masker", "on");
        return std::nullopt;
    }

    std::optional<sluice::ShortCircuit> pre_hook(sluice::Context& context,
                                                 sluice::ChatRequest& request) {
        if (!request.has_messages()) {
            context.fail("the request has no messages");
        } else if (request.messages().size() > most_messages) {
            return sluice::ShortCircuit::error(
                400, "invalid_request_error",
                "more than " + std::to_string(most_messages) + " messages");
        } else if (request.edit_texts(masking(words))) {
            context.set("masked", "true");
        }
        return std::nullopt;
    }

    void post_hook(sluice::Context& context, sluice::Outcome& outcome) {
        if (!outcome.response || outcome.response->is_chunk()) return;
        if (outcome.response->edit_texts(masking(words))) context.set("masked", "true");
    }

    sluice::Fate http_stream_chunk_hook(sluice::Context& context, sluice::Chunk& chunk) {
        for (const sluice::Choice& choice : chunk.completion.choices()) {
            const std::string said = chunk.window(choice.index()) + choice.text();
            if (!stop_at.empty() && said.find(stop_at) != std::string::npos)
                context.fail("the answer came to \"" + stop_at + "\"");
        }
        std::size_t longest = 1;
        for (const std::string& word : words) longest = std::max(longest, word.size());
        chunk.hold_back(context, "masker_held", longest - 1, masking(words));
        return sluice::Fate::send;
    }

    void http_post_hook(sluice::Context& context, const sluice::HttpRequest&,
                        sluice::HttpResponse& response) {
        if (context.get("masked") == "true") response.set_header("X-Masked", "yes");
    }

  private:
    static bool read(std::string_view json, std::size_t& number) {
        const auto read = std::from_chars(json.data(), json.data() + json.size(), number);
        return json.empty() || read.ptr == json.data() + json.size();
    }

    Words words{"swordfish"};
    /// Ends a stream; needs the `window` option to be seen where a provider cuts it in two.
    std::string stop_at;
    std::size_t most_messages = 100;
    std::size_t most_bytes = 1'000'000;
};

}  // namespace

SLUICE_PLUGIN(Masker, http_pre_hook, pre_hook, post_hook, http_stream_chunk_hook, http_post_hook)
