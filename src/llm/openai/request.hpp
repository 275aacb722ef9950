#pragma once

#include "llm/chat_request.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::llm::openai {

inline constexpr std::string_view default_base_url = "https://api.openai.com";

/// The path of an endpoint ("chat/completions", "models") below a base URL's path.
///
/// Providers are given as "https://host" or with their version, "https://host/openai/v1": where no
/// part of the path reads like a version, "/v1" is put behind it.
std::string endpoint_path(std::string_view base_path, std::string_view endpoint);

/// The value of the Authorization header; empty for an empty key, and then no header is sent.
std::string authorization(std::string_view key);

/// A request body in pieces, to be written one after another.
struct BodySlices {
    std::array<std::string_view, 5> slices{};
    std::size_t count = 0;

    std::size_t bytes() const noexcept;
    std::string joined() const;
};

/// The client's body as the provider shall see it: with `model` in place of the client's name for
/// it, and without `fallbacks`, which is the gateway's. Every other byte is the client's own.
///
/// Lifetime: the slices live as long as the request's body and `scratch`, which holds a model that
/// the body does not spell.
BodySlices upstream_body(const ChatRequestView& request, std::string_view model,
                         std::string& scratch);

}  // namespace sluice::llm::openai
