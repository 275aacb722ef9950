#include "store/config_reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::store {
namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::int64_t most_seconds = 24LL * 3'600;

/// Header names are tokens, and no value may end its line: a file must not forge a request.
/// Source: RFC 9110, 5.1 and 5.5.
bool is_header(std::string_view name, std::string_view value) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const auto is_token = [&](char each) {
        return (each >= '0' && each <= '9') || (each >= 'A' && each <= 'Z') ||
               (each >= 'a' && each <= 'z') || marks.find(each) != std::string_view::npos;
    };
    const auto is_text = [](char each) {
        const auto byte = static_cast<unsigned char>(each);
        return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
    };
    return !name.empty() && std::ranges::all_of(name, is_token) &&
           std::ranges::all_of(value, is_text);
}

/// Like "https://host:443/openai/v1"; no user, query or fragment.
bool is_base_url(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!url.starts_with(scheme)) continue;
        const std::string_view rest = url.substr(scheme.size());
        return !rest.empty() && rest.front() != '/' && rest.front() != ':' &&
               rest.find_first_of("@?# \t\r\n\\") == std::string_view::npos;
    }
    return false;
}

KeyConfig read_key(JsonReader json) {
    KeyConfig key;
    key.name = json.text("name");
    key.value = resolve_env(json, "value", json.secret("value"));
    key.models = json.texts("models");
    if (key.models == std::vector<std::string>{"*"}) key.models.clear();
    key.weight = json.number("weight", key.weight, 0, 1'000'000);
    json.refuse_all({"use_for_batch_api", "blacklisted_models", "aliases", "enabled",
                     "azure_key_config", "vertex_key_config", "bedrock_key_config",
                     "vllm_key_config", "ollama_key_config", "sgl_key_config"},
                    not_supported);
    json.finish();
    return key;
}

NetworkConfig read_network(JsonReader json, const std::filesystem::path& folder) {
    NetworkConfig network;
    network.base_url = env_text(json, "base_url", "");
    if (!network.base_url.empty() && !is_base_url(network.base_url))
        json.refuse("base_url",
                    "must be like \"https://host/v1\", without user, query or fragment");
    network.extra_headers = json.text_map("extra_headers");
    for (auto& [name, value] : network.extra_headers) {
        const std::string key = fmt::format("extra_headers.{}", name);
        value = resolve_env(json, key, value);
        if (!is_header(name, value)) json.refuse(key, "is no header that HTTP allows");
    }
    network.request_timeout = std::chrono::seconds(json.whole(
        "default_request_timeout_in_seconds", network.request_timeout.count(), 1, most_seconds));
    network.stream_idle_timeout = std::chrono::seconds(json.whole(
        "stream_idle_timeout_in_seconds", network.stream_idle_timeout.count(), 1, most_seconds));
    const std::string ca_file = env_text(json, "ca_file", "");
    if (!ca_file.empty()) network.ca_file = from_folder(folder, ca_file).string();
    json.refuse_all({"max_retries", "retry_backoff_initial_ms", "retry_backoff_max_ms"},
                    not_supported);
    json.finish();
    return network;
}

MockConfig read_mock(JsonReader json) {
    MockConfig mock;
    mock.delay = std::chrono::milliseconds(json.whole("delay_ms", 0, 0, 3'600'000));
    mock.failure_rate = json.number("failure_rate", 0, 0, 1);
    json.finish();
    return mock;
}

void check_provider(JsonReader& json, const ProviderConfig& provider) {
    if (provider.name.empty() ||
        provider.name.find_first_not_of(name_characters) != std::string::npos)
        json.refuse("", R"(a provider's name consists of letters, digits, ".", "_" and "-")");
    if (provider.name == "mock") {
        json.refuse_all({"network_config", "keys"}, "means nothing to the mock provider");
        return;
    }
    json.refuse_all({"mock_config"}, "is for the provider \"mock\" alone");
    if (!provider.network.base_url.empty()) return;
    if (provider.name != "openai")
        json.refuse("",
                    "needs network_config.base_url; only \"openai\" and \"mock\" have an "
                    "address of their own");
    else if (provider.keys.empty())
        json.refuse("", "needs \"keys\"");
}

ProviderConfig read_provider(const std::string& name, JsonReader json,
                             const std::filesystem::path& folder) {
    ProviderConfig provider;
    provider.name = name;
    json.each("keys", [&](JsonReader item) { provider.keys.push_back(read_key(item)); });
    if (auto network = json.object("network_config"))
        provider.network = read_network(*network, folder);
    if (auto mock = json.object("mock_config")) provider.mock = read_mock(*mock);
    provider.models = json.texts("models");
    if (name == "mock" && provider.models.empty()) provider.models = {"echo"};
    json.refuse_all({"concurrency_and_buffer_size", "proxy_config", "send_back_raw_request",
                     "send_back_raw_response", "store_raw_request_response", "pricing_overrides",
                     "custom_provider_config"},
                    not_supported);
    check_provider(json, provider);
    json.finish();
    return provider;
}

}  // namespace

std::vector<ProviderConfig> read_providers(JsonReader& json, const std::filesystem::path& folder) {
    std::vector<ProviderConfig> providers;
    json.each_member("providers", [&](const std::string& name, JsonReader item) {
        providers.push_back(read_provider(name, item, folder));
    });
    return providers;
}

}  // namespace sluice::store
