#include "upstream.hpp"

#include "wire.hpp"

#include <fmt/format.h>

#include <csignal>

namespace sluice::tests {

Upstream::Upstream(std::uint16_t port)
    : process_({SLUICE_MOCK_UPSTREAM, "--port", std::to_string(port)}),
      port_(process_.listening_port()) {}

std::string Upstream::url() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

void Upstream::open(std::string_view gate) {
    Wire wire(port_);
    wire.get(fmt::format("/control/open?{}", gate));
    wire.receive();
}

std::string Upstream::last_request() {
    Wire wire(port_);
    wire.get("/control/last");
    return wire.receive().body;
}

void Upstream::wait_for(std::string_view counter, std::uint64_t count) {
    Wire wire(port_);
    // The asking connection is open itself.
    wire.get(fmt::format("/control/wait?{}={}", counter, counter == "open" ? count + 1 : count));
    wire.receive();
}

std::uint64_t Upstream::counter(std::string_view name) {
    Wire wire(port_);
    wire.get("/control/stats");
    const std::string stats = wire.receive().body;
    const std::string key = fmt::format("\"{}\":", name);
    return std::stoull(stats.substr(stats.find(key) + key.size()));
}

void Upstream::stop() {
    process_.signal(SIGKILL);
    process_.wait();
}

}  // namespace sluice::tests
