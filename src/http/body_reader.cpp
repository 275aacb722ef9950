#include "http/body_reader.hpp"

#include <algorithm>

namespace sluice::http {

BodyStatus BodyReader::advance(ReadBuffer& buffer) {
    switch (framing_.kind) {
        case BodyFraming::Kind::none:
            return BodyStatus::complete;
        case BodyFraming::Kind::length:
            if (framing_.bytes > max_bytes_) return BodyStatus::too_large;
            bytes_ = std::min<std::uint64_t>(framing_.bytes, buffer.size());
            if (bytes_ == framing_.bytes) return BodyStatus::complete;
            buffer.reserve_total(framing_.bytes);
            return BodyStatus::need_more;
        case BodyFraming::Kind::until_close:
            bytes_ = buffer.size();
            return bytes_ > max_bytes_ ? BodyStatus::too_large : BodyStatus::need_more;
        case BodyFraming::Kind::chunked:
            break;
    }
    // What lies behind the decoded bytes has not been looked at: everything up to the end was.
    const auto decoded = chunks_.decode({buffer.data() + bytes_, buffer.size() - bytes_});
    buffer.erase(bytes_ + decoded.bytes, decoded.used - decoded.bytes);
    bytes_ += decoded.bytes;
    if (chunks_.failed()) {
        problem_ = chunks_.problem();
        return BodyStatus::malformed;
    }
    if (bytes_ > max_bytes_) return BodyStatus::too_large;
    return chunks_.done() ? BodyStatus::complete : BodyStatus::need_more;
}

BodyStatus BodyReader::close(ReadBuffer& buffer) noexcept {
    if (framing_.kind != BodyFraming::Kind::until_close) return BodyStatus::cut_off;
    bytes_ = buffer.size();
    return bytes_ > max_bytes_ ? BodyStatus::too_large : BodyStatus::complete;
}

}  // namespace sluice::http
