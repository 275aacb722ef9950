#pragma once

#include "store/variable_store.hpp"

#include <memory>

namespace sluice::store {

/// Variables in this process's memory: gone with it, and not shared with other nodes.
class MemoryVariables final : public VariableStore {
  public:
    MemoryVariables();
    ~MemoryVariables() override;

    bool waits() const noexcept override { return false; }
    VariableReply run(const VariableCommand& command) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::store
