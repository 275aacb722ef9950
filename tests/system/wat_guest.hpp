#pragma once

#include "files.hpp"
#include "store/config.hpp"

#include <string>
#include <string_view>

namespace sluice::tests {

/// A guest written on the spot whose hooks always answer the same: for the rules of the pipeline,
/// where only the answer matters. Hazards have files of their own in tests/guests.
class WatGuest {
  public:
    explicit WatGuest(std::string name) : name_(std::move(name)) {}

    /// `hook` answers with this JSON.
    WatGuest& answers(std::string_view hook, std::string_view json);
    /// `hook` runs this body: instructions that leave an i64. It is called `$HOOK` inside.
    WatGuest& runs(std::string_view hook, std::string_view instructions);

    /// Adds fields in front of all others: imports, and data of its own
    /// from address 32768.
    WatGuest& with(std::string_view fields);

    /// Adds fields among the functions.
    WatGuest& defines(std::string_view fields);

    /// Writes the guest to `folder` and returns its entry of the configuration.
    store::PluginConfig in(const TemporaryFolder& folder) const;

  private:
    std::string name_;
    std::string first_;
    std::string functions_;
    std::string data_;
    std::size_t next_ = 16;
};

}  // namespace sluice::tests
