#include "steady_client.hpp"

#include <exception>
#include <utility>

namespace sluice::tests {

SteadyClient::SteadyClient(const Gateway& gateway, std::string mark)
    : mark_(std::move(mark)), thread_([this, port = gateway.port()] { run(port); }) {}

void SteadyClient::stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void SteadyClient::run(std::uint16_t port) {
    try {
        Wire wire(port);
        for (bool stream = false; !stopping_ || answers_ == 0; stream = !stream) {
            wire.chat(stream ? hello_stream : hello);
            const Answer answer = wire.receive();
            const bool whole = answer.body.find(mark_) != std::string::npos &&
                               (!stream || events_of(answer.body).back() == "[DONE]");
            if (answer.status != 200 || !whole) failures_.push_back(answer.text());
            ++answers_;
        }
    } catch (const std::exception& error) {
        failures_.emplace_back(error.what());
    }
}

}  // namespace sluice::tests
