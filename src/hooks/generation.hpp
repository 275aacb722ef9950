#pragma once

#include "hooks/phase.hpp"
#include "wasm/module.hpp"

#include <array>
#include <cstdint>
#include <string_view>

/// The generations of the hook ABI: A and B came before C, and their modules are still around.
/// They differ in the name of the HTTP hook and in how A's hooks take their input. Guests of
/// Extism's ABI have C's hooks, which take their input and give their answer as Extism's functions
/// do.
/// Source: the facts page of the gateway, 1.2 to 1.4.
namespace sluice::hooks {

/// How a hook takes its input and what its answer means.
enum class Convention : std::uint8_t {
    envelope,  ///< one JSON object of (pointer, length); flags of the answer decide
    separate,  ///< a JSON text each for context and data; what is not null decides (generation A)
};

/// An export that serves a phase: `parameters` is what it takes in that convention.
struct HookSpelling {
    Phase phase;
    std::string_view name;
    Convention convention;
    std::size_t parameters;
};

/// Every name and arity that a hook may have. Of several for one phase that a module exports, the
/// first is called.
inline constexpr std::array hook_spellings{
    HookSpelling{Phase::http_pre, "http_pre_hook", Convention::envelope, 2},
    HookSpelling{Phase::http_pre, "http_intercept", Convention::envelope, 2},
    HookSpelling{Phase::http_pre, "http_transport_intercept", Convention::separate, 4},
    HookSpelling{Phase::pre, "pre_hook", Convention::envelope, 2},
    HookSpelling{Phase::pre, "pre_hook", Convention::separate, 4},
    HookSpelling{Phase::stream_chunk, "http_stream_chunk_hook", Convention::envelope, 2},
    HookSpelling{Phase::post, "post_hook", Convention::envelope, 2},
    HookSpelling{Phase::post, "post_hook", Convention::separate, 6},
    HookSpelling{Phase::http_post, "http_post_hook", Convention::envelope, 2},
};

inline constexpr std::string_view extism_generation = "extism";

/// "A", "B" or "C", told by names and arities, or "extism", told by the imports; empty when the
/// module exports no hook.
std::string_view generation_of(const wasm::Module& module);

}  // namespace sluice::hooks
