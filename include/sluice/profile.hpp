#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Where guests spend their time, from samples: every one to four milliseconds of a guest's run the
/// functions that it is in are noted. See PluginOptions::profile.
///
/// Names come from the module's name section; without one, functions have numbers.
/// Threads: any; many plug-ins may share one.
class Profile {
  public:
    Profile();
    ~Profile();
    Profile(const Profile&) = delete;
    Profile& operator=(const Profile&) = delete;

    /// One sample: the functions, the innermost first, and the time that it stands for.
    void add(std::span<const std::string> stack, std::chrono::nanoseconds ran);

    /// How many there are.
    std::size_t samples() const;

    /// A function, as called from the ones around it.
    struct Node {
        std::string name{};
        std::size_t samples = 0;          ///< in it and in what it called
        std::chrono::nanoseconds time{};  ///< the same
        std::vector<Node> called{};       ///< by name
    };
    /// All of it; the root stands for no function and has no name.
    Node tree() const;

    /// A page that shows the tree as a flame graph: one file that needs no network and runs in any
    /// browser. A click on a function enlarges it, typing finds functions by name.
    std::string flame_graph(std::string_view title) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice
