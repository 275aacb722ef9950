#include <sluice/profile.hpp>

#include "base/json_text.hpp"
#include "plugin/flame_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace sluice {
namespace {

/// Guests choose names and depths: what is beyond these is counted for the function around it.
constexpr std::size_t most_nodes = 100'000;
constexpr std::size_t most_depth = 256;

/// As written by flame_graph.html: `[name, microseconds, samples, [called...]]`.
void append_json(std::string& json, const Profile::Node& node) {
    json += '[';
    append_json_text(json, node.name);
    fmt::format_to(std::back_inserter(json), ",{},{},[",
                   std::chrono::duration_cast<std::chrono::microseconds>(node.time).count(),
                   node.samples);
    for (const Profile::Node& called : node.called) {
        if (&called != &node.called.front()) json += ',';
        append_json(json, called);
    }
    json += "]]";
}

/// JSON that may stand inside a page's script.
std::string script_json(std::string json) {
    for (std::size_t at = json.find('<'); at != std::string::npos; at = json.find('<', at))
        json.replace(at, 1, "\\u003c");
    return json;
}

}  // namespace

struct Profile::State {
    /// A function in the making: as Node, and quick to add to.
    struct Branch {
        std::size_t samples = 0;
        std::chrono::nanoseconds time{};
        std::map<std::string, Branch> called{};
    };

    mutable std::mutex mutex{};
    Branch root{};             // under the mutex
    std::size_t branches = 0;  // under the mutex

    /// The function of that name which `around` called; null when there are too many already.
    Branch* called(Branch& around, const std::string& name) {
        const auto place = around.called.find(name);
        if (place != around.called.end()) return &place->second;
        if (branches == most_nodes) return nullptr;
        ++branches;
        return &around.called[name];
    }

    static Node node(std::string name, const Branch& branch) {
        Node made{.name = std::move(name), .samples = branch.samples, .time = branch.time};
        made.called.reserve(branch.called.size());
        for (const auto& [called, below] : branch.called)
            made.called.push_back(node(called, below));
        return made;
    }
};

Profile::Profile() : state_(std::make_unique<State>()) {}
Profile::~Profile() = default;

void Profile::add(std::span<const std::string> stack, std::chrono::nanoseconds ran) {
    const std::lock_guard lock(state_->mutex);
    State::Branch* branch = &state_->root;
    const auto count = [&] {
        ++branch->samples;
        branch->time += ran;
    };
    count();
    const std::size_t depth = std::min(stack.size(), most_depth);
    for (std::size_t i = 0; i < depth; ++i) {
        State::Branch* const inner = state_->called(*branch, stack[stack.size() - 1 - i]);
        if (inner == nullptr) return;
        branch = inner;
        count();
    }
}

std::size_t Profile::samples() const {
    const std::lock_guard lock(state_->mutex);
    return state_->root.samples;
}

Profile::Node Profile::tree() const {
    const std::lock_guard lock(state_->mutex);
    return State::node({}, state_->root);
}

std::string Profile::flame_graph(std::string_view title) const {
    std::string data;
    append_json(data, tree());
    std::string page(flame_graph_page());
    const auto put = [&page](std::string_view mark, const std::string& text) {
        page.replace(page.find(mark), mark.size(), text);
    };
    put("{{title}}", script_json(json_text(title)));
    put("{{data}}", script_json(std::move(data)));
    return page;
}

}  // namespace sluice
