#pragma once

#include "base/json_slices.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {

/// The end of what each choice of a stream has said, for plug-ins whose entry has a `window`.
///
/// Bounds: of the first `most_choices` choices, and so many bytes each that `characters` of any
/// script fit twice.
class StreamWindow {
  public:
    static constexpr std::size_t most_choices = 32;

    /// `characters`: the most that any plug-in may ask for.
    explicit StreamWindow(std::size_t characters) : characters_(characters) {}

    /// A chunk has come, as the provider sent it; nothing for one that says nothing. Its own text
    /// counts only when the next one comes: a hook is told what was before its chunk.
    void next(JsonSlice chunk);

    /// What was said before the present chunk: `[{"index":0,"text":"..."}]`, with the last
    /// `characters` of each choice.
    std::string json(std::size_t characters) const;

  private:
    using Text = std::pair<std::int64_t, std::string>;

    void say(std::int64_t index, const std::string& text);

    std::size_t characters_;
    std::vector<Text> said_{};
    std::vector<Text> present_{};  ///< the texts of the present chunk
};

}  // namespace sluice::gateway
