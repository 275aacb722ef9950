#pragma once

#include "gateway/exchange.hpp"
#include "llm/openai/answer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Whether the texts of answers are wanted for the request log.
enum class KeepText { no, yes };

/// Reads usage, finish reason and text of an answer while its bytes pass by; keeps them in the
/// exchange. Bounded: what is too long to be kept is passed on unread.
///
/// Lifetime: reader and exchange outlive it.
class Tally {
  public:
    static constexpr std::size_t most_kept = 256 << 10;

    Tally(llm::openai::AnswerReader& reader, Exchange& exchange, KeepText keep)
        : reader_(reader), exchange_(exchange), keep_(keep) {}

    /// The next bytes of a plain answer's body.
    void feed_answer(std::string_view data);
    /// The plain answer has ended.
    void finish_answer();

    /// The next bytes of an event stream, followed by 64 readable bytes.
    void feed_events(std::string_view data);
    /// A plain answer that is there in one piece, or the data of one event; 64 readable bytes
    /// follow.
    void read(std::string_view json);

    /// Whether the bytes so far end with a whole event.
    bool between_events() const noexcept { return carry_.empty(); }
    /// Whether the provider told of a failure inside its answer.
    bool saw_error() const noexcept { return saw_error_; }

  private:
    void read_event(std::string_view event);
    void note(const llm::openai::AnswerFacts& facts);

    llm::openai::AnswerReader& reader_;
    Exchange& exchange_;
    KeepText keep_;
    std::string carry_{};  ///< of an answer or event whose end has not come
    std::string joined_{};
    std::size_t searched_ = 0;
    bool overflowed_ = false;
    bool saw_error_ = false;
};

}  // namespace sluice::gateway
