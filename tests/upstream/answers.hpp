#pragma once

#include "behaviour.hpp"
#include "request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// A whole plain answer to `request`: head and body. The same bytes for the same request.
struct PlainAnswer {
    std::string head{};
    std::string body{};  ///< framed already
};
PlainAnswer plain_answer(const Behaviour& behaviour, const Request& request);

/// The head of an event stream.
std::string stream_head(const Behaviour& behaviour);

/// The events of a stream in order, each with its HTTP chunk framing; the last one does not end the
/// stream: final_chunk() does.
std::vector<std::string> stream_events(const Behaviour& behaviour, const Request& request);
inline constexpr std::string_view final_chunk = "0\r\n\r\n";

/// Writes the present time into an event of a stream with `stamp`, without changing its length.
void stamp(std::string& event);

/// A JSON answer of the control addresses and of GET /v1/models.
std::string json_answer(int status, std::string_view body);
std::string text_answer(std::string_view body);
std::string model_list();

}  // namespace sluice::upstream
