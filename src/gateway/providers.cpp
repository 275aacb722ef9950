#include "gateway/providers.hpp"

#include "http/head.hpp"
#include "http/reply.hpp"
#include "llm/chat_request.hpp"
#include "llm/openai/request.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace sluice::gateway {

namespace {

using TlsClients = std::map<std::string, std::shared_ptr<const http::TlsClient>>;

std::shared_ptr<const http::TlsClient> tls_for(TlsClients& made, const std::string& ca_file) {
    auto& client = made[ca_file];
    if (!client) client = std::make_shared<http::TlsClient>(ca_file);
    return client;
}

bool overridden(const store::NetworkConfig& network, std::string_view name) {
    return std::ranges::any_of(network.extra_headers, [&](const auto& header) {
        return http::equal_ignoring_case(header.first, name);
    });
}

std::string chat_head(const http::BaseUrl& url, const store::NetworkConfig& network,
                      std::string_view key) {
    std::string head = fmt::format("POST {} HTTP/1.1\r\n",
                                   llm::openai::endpoint_path(url.path, "chat/completions"));
    http::append_field(head, "Host", url.authority());
    if (!key.empty() && !overridden(network, "Authorization"))
        http::append_field(head, "Authorization", llm::openai::authorization(key));
    for (const auto& [name, value] : network.extra_headers) http::append_field(head, name, value);
    if (!overridden(network, "Content-Type"))
        http::append_field(head, "Content-Type", "application/json");
    return head;
}

void fill_network(Provider& provider, TlsClients& tls) {
    const store::NetworkConfig& network = provider.config.network;
    std::string_view base = network.base_url;
    if (base.empty() && provider.config.name == "openai") base = llm::openai::default_base_url;
    if (base.empty())
        throw Error(ErrorCode::invalid_input,
                    fmt::format("provider {}: network_config.base_url is missing; only openai and "
                                "mock know where to go without one",
                                provider.config.name));
    try {
        const http::BaseUrl url = http::parse_base_url(base);
        const bool secure = url.scheme == http::Scheme::https;
        provider.target = http::target_of(url, secure ? tls_for(tls, network.ca_file) : nullptr);
        for (const store::KeyConfig& key : provider.config.keys)
            provider.chat_heads.push_back(chat_head(url, network, key.value));
        if (provider.chat_heads.empty()) provider.chat_heads.push_back(chat_head(url, network, {}));
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("provider {}: network_config.base_url {}",
                                              provider.config.name, error.what()));
    }
}

bool lists(const std::vector<std::string>& models, std::string_view model) {
    return std::ranges::find(models, model) != models.end();
}

/// The first key that may be used for `model`. Choice by weight comes with load balancing.
std::size_t key_for(const Provider& provider, std::string_view model) {
    const auto& keys = provider.config.keys;
    if (keys.empty()) return 0;
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].models.empty() || lists(keys[i].models, model)) return i;
    throw Error(ErrorCode::invalid_input,
                fmt::format("no key of provider {} may be used for model \"{}\"",
                            provider.config.name, model));
}

}  // namespace

bool Provider::sets_field(std::string_view name) const noexcept {
    return overridden(config.network, name);
}

ProviderTable::ProviderTable(const store::Config& config) {
    TlsClients tls;
    for (const store::ProviderConfig& provider : config.providers) {
        Provider& made = providers_.emplace_back();
        made.config = provider;
        made.index = providers_.size() - 1;
        made.in_process = provider.name == "mock" && provider.network.base_url.empty();
        if (!made.in_process) fill_network(made, tls);
        names_.push_back(provider.name);
    }
}

const Provider* ProviderTable::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(
        providers_, [&](const Provider& provider) { return provider.config.name == name; });
    return found == providers_.end() ? nullptr : &*found;
}

const Provider& ProviderTable::without_prefix(std::string_view model) const {
    if (providers_.empty()) throw Error(ErrorCode::invalid_input, "no provider is configured");
    for (const Provider& provider : providers_) {
        if (lists(provider.config.models, model)) return provider;
        for (const store::KeyConfig& key : provider.config.keys)
            if (lists(key.models, model)) return provider;
    }
    for (const Provider& provider : providers_)
        if (!provider.in_process) return provider;
    return providers_.front();
}

Choice ProviderTable::choose(std::string_view model) const {
    const llm::ModelName name = llm::split_model(model, names_);
    const Provider& provider =
        name.provider.empty() ? without_prefix(name.model) : *find(name.provider);
    return {.provider = &provider,
            .model = name.model,
            .key = key_for(provider, name.model),
            .has_prefix = !name.provider.empty()};
}

Choice ProviderTable::choose(std::string_view provider_name, std::string_view model) const {
    const Provider* provider = find(provider_name);
    if (provider == nullptr)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("provider \"{}\" is not configured", provider_name));
    return {.provider = provider,
            .model = model,
            .key = key_for(*provider, model),
            .has_prefix = false};
}

}  // namespace sluice::gateway
