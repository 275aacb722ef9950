#pragma once

#include "gateway/client.hpp"
#include "gateway/event_source.hpp"
#include "gateway/exchange.hpp"
#include "gateway/plugin_chain.hpp"
#include "gateway/tally.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway {

class Worker;

/// The hooks that look at a stream's chunks. Both null: none does.
struct ChunkHooks {
    RequestHooks* hooks = nullptr;
    const HttpRequestData* request =
        nullptr;                     ///< what chunk hooks are shown; null: none takes part
    bool post = false;               ///< whether post hooks take part
    Recording* recording = nullptr;  ///< that keeps the events as they come; null: none does
};

/// Sends a stream event by event, each as soon as it is there, through the hooks that want it.
///
/// Lifetime: all that it is given outlives it.
class EventRelay {
  public:
    EventRelay(Worker& worker, Client& client, Exchange& exchange, ChunkHooks hooks);

    /// `head` goes out first. Returns true when the stream came to its own end, so that its source
    /// may be used again; else an error event was sent and the connection is to be closed.
    /// Takes references: they belong to the awaiting frame.
    http::Task<bool> run(EventSource& source, std::string_view head);

  private:
    enum class Next { go_on, stop };
    http::Task<Next> pass_on(StreamEvent& event);
    void record(const StreamEvent& event);
    http::Task<void> send(std::string_view framed);
    http::Task<void> fail(std::string why, std::string event);
    http::Task<void> end();

    Worker& worker_;
    Client& client_;
    Exchange& exchange_;
    ChunkHooks hooks_;
    Tally tally_;
    std::string framed_{};
};

}  // namespace sluice::gateway
