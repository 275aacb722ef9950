#pragma once

#include "hooks/host_call.hpp"
#include "wasm/linker.hpp"

/// The host calls that may make their guest wait: those of variables where their store waits, the
/// others always. Each gives what ends the wait, or nothing when the guest has its answer.
/// Internal to the layer.
namespace sluice::hooks {

wasm::Continuation var_get(const HostCall& call);
wasm::Continuation var_set(const HostCall& call);
wasm::Continuation var_delete(const HostCall& call);
wasm::Continuation var_compare_and_swap(const HostCall& call);
wasm::Continuation var_add(const HostCall& call);
wasm::Continuation http_request(const HostCall& call);
wasm::Continuation llm_call(const HostCall& call);

}  // namespace sluice::hooks
