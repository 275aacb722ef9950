#include "load/plain_load.hpp"

#include "load/connection.hpp"
#include "load/samples.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace sluice::bench {

std::string request_text(const LoadOptions& options) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: load/1\r\nAccept: */*\r\n"
        "Authorization: Bearer sk-bench-0123456789\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        options.path, options.port, options.body.size(), options.body);
}

std::string run_plain(const LoadOptions& options) {
    const std::string request = request_text(options);
    Poller poller;
    std::vector<Connection> connections;
    connections.reserve(options.connections);
    for (std::size_t at = 0; at < options.connections; ++at) {
        connections.emplace_back(options.port);
        poller.add(connections.back().socket(), at);
    }

    Samples latencies;
    std::size_t sent = 0;
    const auto began = Clock::now();
    for (Connection& connection : connections)
        if (sent < options.requests) connection.send(request), ++sent;
    while (latencies.count() < options.requests) {
        poller.wait([&](std::size_t index) {
            Connection& connection = connections[index];
            const auto piece = connection.read();
            if (!piece) return;
            if (piece->gone) throw std::runtime_error("the server closed the connection");
            if (!piece->complete) return;
            if (connection.status() != 200)
                throw std::runtime_error(
                    fmt::format("the answer has status {}", connection.status()));
            latencies.add(Clock::now() - connection.sent_at());
            if (sent < options.requests) connection.send(request), ++sent;
        });
    }
    const std::chrono::duration<double> took = Clock::now() - began;
    return fmt::format(R"({{"requests":{},"seconds":{:.3f},"per_second":{:.0f},"latency":{}}})",
                       options.requests, took.count(),
                       static_cast<double>(options.requests) / took.count(), latencies.to_json());
}

}  // namespace sluice::bench
