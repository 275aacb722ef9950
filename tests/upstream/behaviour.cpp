#include "behaviour.hpp"

#include <charconv>

namespace sluice::upstream {
namespace {

template <class Number>
bool read(std::string_view text, Number& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc() && end == text.data() + text.size();
}

bool read(std::string_view text, std::chrono::milliseconds& into) {
    unsigned count = 0;
    const bool right = read(text, count);
    into = std::chrono::milliseconds(count);
    return right;
}

bool set_flag(Behaviour& behaviour, std::string_view name) {
    if (name == "silent") return behaviour.silent = true;
    if (name == "echo") return behaviour.echo = true;
    if (name == "invalid") return behaviour.invalid = true;
    if (name == "stale") return behaviour.stale = true;
    if (name == "close") return behaviour.close = true;
    if (name == "burst") return behaviour.burst = true;
    if (name == "stamp") return behaviour.stamp = true;
    if (name == "error_event") return behaviour.error_event = true;
    if (name == "empty") return behaviour.empty = true;
    if (name == "no_done") return behaviour.no_done = true;
    return false;
}

bool set_choice(Behaviour& behaviour, std::string_view name, std::string_view value) {
    if (name == "gate") return behaviour.gate = value, true;
    if (name == "cut" && value == "head") return behaviour.cut = Cut::before_head, true;
    if (name == "cut" && value == "body") return behaviour.cut = Cut::inside_body, true;
    if (name == "cut" && value == "chunk") return behaviour.cut = Cut::inside_chunk, true;
    if (name == "framing" && value == "length")
        return behaviour.framing = Framing::content_length, true;
    if (name == "framing" && value == "chunked") return behaviour.framing = Framing::chunked, true;
    if (name == "framing" && value == "close")
        return behaviour.framing = Framing::until_close, true;
    return false;
}

bool set_number(Behaviour& behaviour, std::string_view name, std::string_view value) {
    if (name == "status") return read(value, behaviour.status);
    if (name == "retry_after") return read(value, behaviour.retry_after.emplace());
    if (name == "delay_ms") return read(value, behaviour.delay);
    if (name == "chunks") return read(value, behaviour.chunks);
    if (name == "interval_ms") return read(value, behaviour.interval);
    if (name == "pieces") return read(value, behaviour.pieces) && behaviour.pieces > 0;
    if (name == "gate_after") return read(value, behaviour.gate_after);
    if (name == "cut_after") return read(value, behaviour.cut_after);
    if (name == "body_bytes") return read(value, behaviour.body_bytes);
    if (name == "chunk_bytes") return read(value, behaviour.chunk_bytes);
    return false;
}

}  // namespace

bool Behaviour::immediate() const {
    return delay.count() == 0 && pieces == 1 && gate.empty() && cut == Cut::nowhere && !silent &&
           !echo && !stale && !close && framing != Framing::until_close;
}

Behaviour behaviour_of(std::string_view model) {
    Behaviour behaviour;
    const auto question = model.find('?');
    std::string_view name = model.substr(0, question);
    name.remove_prefix(name.rfind('/') + 1);
    behaviour.model = name;
    if (question == std::string_view::npos) return behaviour;

    for (std::string_view rest = model.substr(question + 1); !rest.empty();) {
        const std::string_view directive = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), directive.size() + 1));
        const auto equals = directive.find('=');
        const std::string_view key = directive.substr(0, equals);
        const bool known = equals == std::string_view::npos
                               ? set_flag(behaviour, key)
                               : set_choice(behaviour, key, directive.substr(equals + 1)) ||
                                     set_number(behaviour, key, directive.substr(equals + 1));
        if (!known) behaviour.wrong = directive;
    }
    return behaviour;
}

}  // namespace sluice::upstream
