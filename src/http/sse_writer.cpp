#include "http/sse_writer.hpp"

namespace sluice::http {

void append_event(std::string& out, std::string_view data, std::string_view type) {
    if (!type.empty()) {
        out += "event: ";
        for (const char c : type)
            if (c != '\r' && c != '\n') out += c;
        out += '\n';
    }
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        out += "data: ";
        out += data.substr(0, end);
        out += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += '\n';
}

}  // namespace sluice::http
