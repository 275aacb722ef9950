#pragma once

#include "store/log_row.hpp"

#include <cstddef>
#include <string_view>

namespace sluice::gateway {

/// The bodies of one request on their way to the request log. Bounded: of what is larger only the
/// fact is kept, as half a JSON text is of no use to anybody.
class Recording {
  public:
    enum class Form { plain, stream };

    /// `request` is the body as the client sent it; at most `most_bytes` of each body are kept.
    Recording(std::string_view request, std::size_t most_bytes);

    /// The provider answers; what was kept of an answer before is forgotten.
    void begin_answer(int status, Form form);
    /// The next bytes of that answer.
    void add(std::string_view bytes);
    /// A whole plain answer.
    void keep_answer(int status, std::string_view body);
    /// The answer has come to its end. A plain one without an end is not kept.
    void end_answer() noexcept { ended_ = true; }

    store::RecordedBodies take();

  private:
    store::RecordedBodies bodies_{};
    std::size_t most_bytes_;
    bool ended_ = false;
};

}  // namespace sluice::gateway
