#pragma once

#include "base/variable_command.hpp"

#include <memory>

namespace sluice::store {

struct VariableStoreConfig;

/// The variables of plug-ins: texts under keys, each plug-in's apart, that outlive instances.
///
/// Every command is one step, whoever else sends one: two that swap or add never undo each other.
/// Threads: any.
class VariableStore {
  public:
    virtual ~VariableStore() = default;

    /// Whether run() waits for somebody else: then it is not for an I/O thread.
    virtual bool waits() const noexcept = 0;
    /// Errors: returned as Outcome::failed; nothing is thrown for them.
    virtual VariableReply run(const VariableCommand& command) = 0;
};

/// What is answered when a sum is no whole number of 64 bits, or what it begins with is none.
VariableReply not_a_number(const VariableCommand& command);

/// The store that a configuration asks for. Connects to nobody yet.
/// Errors: \throws Error invalid_input for an address that is none.
std::unique_ptr<VariableStore> make_variable_store(const VariableStoreConfig& config);

}  // namespace sluice::store
