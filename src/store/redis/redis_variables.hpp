#pragma once

#include "store/redis/address.hpp"
#include "store/variable_store.hpp"

#include <chrono>
#include <memory>

namespace sluice::store {

/// Variables on a Redis or Valkey server, shared by every gateway that uses it.
///
/// A plug-in's are the hash `sluice:{NAME}:variables`, and their bytes `sluice:{NAME}:bytes`; each
/// command is one script, so it is one step. While the server is away commands fail, after one has
/// found out at once.
class RedisVariables final : public VariableStore {
  public:
    /// Connects when it is asked something. `limit` is on connecting and on each answer.
    RedisVariables(RedisAddress address, std::chrono::milliseconds limit);
    ~RedisVariables() override;

    bool waits() const noexcept override { return true; }
    /// Blocks: a few times the limit at most.
    VariableReply run(const VariableCommand& command) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::store
