#include "store/log_row.hpp"

namespace sluice::store {

LogRow& LogBatch::add() {
    if (used_ == rows_.size()) rows_.emplace_back();
    return rows_[used_++];
}

void LogBatch::clear() noexcept {
    constexpr std::size_t kept_bytes = 4096;
    for (LogRow& row : rows_) {
        row.bodies.reset();
        for (std::string* text : {&row.error_details, &row.input, &row.output})
            if (text->capacity() > kept_bytes) std::string().swap(*text);
    }
    used_ = 0;
}

}  // namespace sluice::store
