#pragma once

#include "http/link.hpp"
#include "store/config.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// A configured provider with everything about it that no request has to work out again.
struct Provider {
    store::ProviderConfig config{};
    std::size_t index = 0;
    bool in_process = false;  ///< the mock: no socket
    http::Target target{};
    /// One for each key, or a single one without credentials: request line, Host, Authorization
    /// and the configured extra headers of a chat completion. Holds secrets.
    std::vector<std::string> chat_heads{};

    /// Whether the configuration gives this field itself, so that a client's is left out.
    bool sets_field(std::string_view name) const noexcept;
};

/// Which provider serves a request, by which name of the model, with which key.
struct Choice {
    const Provider* provider = nullptr;
    /// Without the provider's prefix. A view of the name that was given.
    std::string_view model{};
    std::size_t key = 0;      ///< index into Provider::chat_heads
    bool has_prefix = false;  ///< whether the client wrote `provider/model`
};

/// The providers of one configuration. Immutable: threads share it.
class ProviderTable {
  public:
    /// Blocks: reads CA files. Errors: \throws Error invalid_input, naming provider and cause.
    explicit ProviderTable(const store::Config& config);

    const std::vector<Provider>& all() const noexcept { return providers_; }
    const Provider* find(std::string_view name) const noexcept;

    /// Resolves the client's model name: a known provider's prefix, else the provider that lists
    /// the model, else the first one that is not the mock, else the first.
    /// Errors: \throws Error invalid_input when no provider or no key may serve it.
    Choice choose(std::string_view model) const;

    /// The same when the provider is known already.
    Choice choose(std::string_view provider, std::string_view model) const;

  private:
    const Provider& without_prefix(std::string_view model) const;

    std::vector<Provider> providers_{};
    std::vector<std::string> names_{};
};

}  // namespace sluice::gateway
