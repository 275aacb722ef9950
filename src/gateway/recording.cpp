#include "gateway/recording.hpp"

#include <string>
#include <utility>

namespace sluice::gateway {

Recording::Recording(std::string_view request, std::size_t most_bytes) : most_bytes_(most_bytes) {
    bodies_.request_too_large = request.size() > most_bytes_;
    if (!bodies_.request_too_large) bodies_.request = request;
}

void Recording::begin_answer(int status, Form form) {
    bodies_.answer.clear();
    bodies_.answer_status = status;
    bodies_.answer_is_stream = form == Form::stream;
    bodies_.answer_too_large = false;
    ended_ = false;
}

void Recording::add(std::string_view bytes) {
    if (bodies_.answer_too_large) return;
    if (bodies_.answer.size() + bytes.size() > most_bytes_) {
        bodies_.answer_too_large = true;
        std::string().swap(bodies_.answer);
        return;
    }
    bodies_.answer += bytes;
}

void Recording::keep_answer(int status, std::string_view body) {
    begin_answer(status, Form::plain);
    add(body);
    end_answer();
}

store::RecordedBodies Recording::take() {
    if (!ended_ && !bodies_.answer_is_stream) begin_answer(0, Form::plain);
    return std::move(bodies_);
}

}  // namespace sluice::gateway
