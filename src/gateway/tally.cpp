#include "gateway/tally.hpp"

#include "http/sse_parser.hpp"
#include "llm/padding.hpp"

namespace sluice::gateway {

void Tally::note(const llm::openai::AnswerFacts& facts) {
    if (facts.usage) exchange_.usage = *facts.usage;
    if (!facts.finish_reason.empty()) exchange_.stop_reason = facts.finish_reason;
    saw_error_ = saw_error_ || facts.has_error;
}

void Tally::read(std::string_view json) {
    const bool wanted = keep_ == KeepText::yes && exchange_.output.size() < most_kept;
    note(reader_.read(json, wanted ? &exchange_.output : nullptr));
}

void Tally::feed_answer(std::string_view data) {
    if (overflowed_ || carry_.size() + data.size() > most_kept) {
        overflowed_ = true;
        return;
    }
    carry_ += data;
}

void Tally::finish_answer() {
    if (overflowed_ || carry_.empty()) return;
    llm::pad(carry_);
    read(carry_);
}

void Tally::read_event(std::string_view event) {
    const http::SseView view = http::read_event(event, joined_);
    if (!view.has_data || view.data == "[DONE]") return;
    if (view.data.data() == joined_.data()) {
        llm::pad(joined_);
        read(joined_);
        return;
    }
    read(view.data);
}

void Tally::feed_events(std::string_view data) {
    // Usually whole events come in one piece: those are read where they lie.
    if (!carry_.empty()) {
        carry_ += data;
        llm::pad(carry_);
        data = carry_;
    }
    const bool carried = !carry_.empty();
    std::size_t used = 0;
    while (const std::size_t event = http::whole_event(data.substr(used), searched_)) {
        searched_ = 0;
        read_event(data.substr(used, event));
        used += event;
    }
    if (carried)
        carry_.erase(0, used);
    else
        carry_.assign(data.substr(used));
    if (carry_.size() <= most_kept) return;
    carry_.clear();  // no event of a chat is that long: go on behind it
    carry_.shrink_to_fit();
    searched_ = 0;
}

}  // namespace sluice::gateway
