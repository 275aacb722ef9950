#include "load/stream_load.hpp"

#include "load/connection.hpp"
#include "load/samples.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>
#include <vector>

namespace sluice::bench {
namespace {

/// What one stream's reads add up to.
class StreamLoad {
  public:
    explicit StreamLoad(const LoadOptions& options)
        : options_(options), request_(request_text(options)) {
        connections_.reserve(options.connections);
        left_.assign(options.connections, options.requests);
        fresh_.assign(options.connections, true);
        for (std::size_t at = 0; at < options.connections; ++at) {
            connections_.emplace_back(options.port);
            poller_.add(connections_.back().socket(), at);
        }
    }

    std::string run() {
        for (std::size_t at = 0; at < connections_.size(); ++at) start(at);
        while (running_ > 0)
            poller_.wait([this](std::size_t index) {
                // Edge-triggered: what is there must be read until nothing is.
                while (const auto piece = connections_[index].read()) take(index, *piece);
            });
        return fmt::format(R"({{"streams":{},"events":{},"batched":{},"first_event":{},"lag":{}}})",
                           options_.connections * options_.requests, events_, batched_,
                           first_.to_json(), lag_.to_json());
    }

  private:
    void start(std::size_t index) {
        fresh_[index] = true;
        --left_[index];
        ++running_;
        connections_[index].send(request_);
    }

    void take(std::size_t index, const Connection::Piece& piece) {
        if (piece.gone) throw std::runtime_error("the server closed the connection");
        if (connections_[index].status() != 200 && !piece.body.empty())
            throw std::runtime_error("a stream was refused: " + std::string(piece.body));
        const auto now = Clock::now();
        const std::size_t events = count_events(piece.body, now);
        if (events > 0 && fresh_[index]) {
            fresh_[index] = false;
            first_.add(now - connections_[index].sent_at());
        }
        events_ += events;
        if (events > 1) batched_ += events - 1;
        if (!piece.complete) return;
        --running_;
        if (left_[index] > 0) start(index);
    }

    std::size_t count_events(std::string_view bytes, Clock::time_point now) {
        constexpr std::string_view mark = "\"sent_ns\":";
        std::size_t events = 0;
        for (auto end = bytes.find("\n\n"); end != std::string_view::npos;
             end = bytes.find("\n\n", end + 2))
            ++events;
        for (auto at = bytes.find(mark); at != std::string_view::npos;
             at = bytes.find(mark, at + 1)) {
            const auto digits = bytes.find_first_not_of(' ', at + mark.size());
            if (digits == std::string_view::npos) break;
            std::int64_t sent = 0;
            std::from_chars(bytes.data() + digits, bytes.data() + bytes.size(), sent);
            lag_.add(now.time_since_epoch() - std::chrono::nanoseconds(sent));
        }
        return events;
    }

    const LoadOptions& options_;
    std::string request_;
    Poller poller_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> left_;
    std::vector<bool> fresh_;
    std::size_t running_ = 0;
    std::size_t events_ = 0;
    std::size_t batched_ = 0;
    Samples first_;
    Samples lag_;
};

}  // namespace

std::string run_streams(const LoadOptions& options) {
    return StreamLoad(options).run();
}

}  // namespace sluice::bench
