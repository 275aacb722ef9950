#pragma once

#include "gateway/upstream_call.hpp"
#include "http/chunked.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// One event of an answer's stream.
struct StreamEvent {
    enum class Kind {
        chunk,  ///< `data` is a chunk's JSON
        done,   ///< `[DONE]`
        other,  ///< a comment or the like: `data` is the whole event with its framing
    };
    Kind kind = Kind::chunk;
    std::string type{};
    std::string data{};
};

/// Where a stream's events come from. An interface because there are two: a provider's connection,
/// and events made in this process.
class EventSource {
  public:
    virtual ~EventSource() = default;

    /// The next event; false behind the last one. Takes a reference: it belongs to the awaiting
    /// frame. Errors: \throws Error unavailable or timeout when the stream broke off.
    virtual http::Task<bool> next(StreamEvent& event) = 0;
};

/// The events of a provider's answer, taken out of its framing.
/// Lifetime: the call outlives it.
class UpstreamEvents : public EventSource {
  public:
    explicit UpstreamEvents(UpstreamCall& call);
    http::Task<bool> next(StreamEvent& event) override;

  private:
    bool take_event(StreamEvent& event);
    void take_bytes();

    static constexpr std::size_t most_event_bytes = 16 << 20;
    UpstreamCall& call_;
    http::BodyFraming framing_;
    http::ChunkScanner chunks_{};
    std::string bytes_{};  ///< without chunk framing, from the first event that is not whole
    std::string joined_{};
    std::size_t used_ = 0;
    std::size_t searched_ = 0;
    bool ended_ = false;
};

/// Chunks made in this process, `delay` before each, and `[DONE]`.
class MadeEvents : public EventSource {
  public:
    MadeEvents(http::Executor executor, std::vector<std::string> chunks,
               std::chrono::milliseconds delay);
    http::Task<bool> next(StreamEvent& event) override;

  private:
    http::Timer timer_;
    std::vector<std::string> chunks_;
    std::chrono::milliseconds delay_;
    std::size_t at_ = 0;
};

}  // namespace sluice::gateway
