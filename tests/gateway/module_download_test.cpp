#include "gateway/module_download.hpp"

#include "base/base64.hpp"
#include "expect_error.hpp"
#include "files.hpp"
#include "gateway/plugin_set.hpp"
#include "hook_guests.hpp"
#include "http_server.hpp"
#include "wasm/image_file.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::HttpServer;
using tests::response;

std::string digest_of(std::string_view text) {
    return wasm::hex(wasm::sha256({as_bytes(text)}));
}

/// A pair of ed25519 keys.
class SigningKey {
  public:
    SigningKey() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) {}

    std::string public_bytes() const {
        std::array<unsigned char, 32> bytes{};
        std::size_t size = bytes.size();
        EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size), 1);
        return {bytes.begin(), bytes.end()};
    }
    std::string sign(std::string_view text) const {
        std::array<unsigned char, 64> bytes{};
        std::size_t size = bytes.size();
        const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
        EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
        EXPECT_EQ(EVP_DigestSign(context.get(), bytes.data(), &size,
                                 reinterpret_cast<const unsigned char*>(text.data()), text.size()),
                  1);
        return {bytes.begin(), bytes.end()};
    }

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_PKEY, Free> key_;
};

/// A web server with TLS that answers every request alike, and a cache of its own.
class ModuleDownload : public testing::Test {
  protected:
    ModuleDownload() {
        std::ofstream(folder_.path() / "ca.pem") << authority_.pem();
        downloads_.ca_file = folder_.path() / "ca.pem";
        downloads_.folder = folder_.path() / "modules";
        downloads_.private_hosts = {"localhost"};
        downloads_.timeout = 60s;
    }
    void serve(HttpServer::Answer answer) {
        server_.emplace(std::move(answer), authority_.issue("DNS:localhost"));
    }
    void serve_module() {
        serve([](const auto&) { return response("200 OK", module_text); });
    }
    std::string url() const {
        return "https://localhost:" + std::to_string(server_->port()) + "/a.wasm?token=x";
    }
    store::RemoteModule module(std::string signature = {}) const {
        return {.url = url(), .sha256 = digest_of(module_text), .signature = std::move(signature)};
    }
    std::string fetch(const store::RemoteModule& module) const {
        return std::string(as_text(fetch_module(module, downloads_)));
    }

    static constexpr std::string_view module_text = "the module";

    tests::TemporaryFolder folder_;
    tests::TestAuthority authority_;
    store::DownloadConfig downloads_;
    std::optional<HttpServer> server_;
};

TEST_F(ModuleDownload, FetchesOnceAndNeedsNoNetworkAfterwards) {
    serve_module();
    const store::RemoteModule wanted = module();
    EXPECT_EQ(fetch(wanted), module_text);
    EXPECT_EQ(fetch(wanted), module_text);
    EXPECT_EQ(server_->requests().size(), 1U);
    server_.reset();
    EXPECT_EQ(fetch(wanted), module_text);
}

TEST_F(ModuleDownload, FetchesAnewWhatSomebodyChangedInTheCache) {
    serve_module();
    fetch(module());
    std::ofstream(downloads_.folder / (module().sha256 + ".wasm")) << "another module";
    EXPECT_EQ(fetch(module()), module_text);
    EXPECT_EQ(server_->requests().size(), 2U);
}

TEST_F(ModuleDownload, RefusesAnotherDigestAndKeepsNothing) {
    serve([](const auto&) { return response("200 OK", "another module"); });
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::invalid_input,
                        AllOf(HasSubstr("its sha256 is " + digest_of("another module")),
                              HasSubstr("not " + digest_of(module_text))));
    EXPECT_FALSE(std::filesystem::exists(downloads_.folder));
}

TEST_F(ModuleDownload, TakesWhatATrustedKeySigned) {
    serve_module();
    const SigningKey other;
    const SigningKey trusted;
    downloads_.trusted_keys = {other.public_bytes(), trusted.public_bytes()};
    EXPECT_EQ(fetch(module(trusted.sign(module_text))), module_text);
}

TEST_F(ModuleDownload, RefusesAWrongSignatureAlsoOfWhatItHas) {
    serve_module();
    fetch(module());
    const SigningKey trusted;
    downloads_.trusted_keys = {trusted.public_bytes()};
    for (const std::string& signature :
         {SigningKey().sign(module_text), trusted.sign("another module"), std::string(64, 'x')})
        EXPECT_ERROR_SAYING(fetch(module(signature)), ErrorCode::invalid_input,
                            HasSubstr("its signature is by none of plugin_downloads.trusted_keys"));
    std::filesystem::remove_all(downloads_.folder);
    EXPECT_ERROR_SAYING(fetch(module(SigningKey().sign(module_text))), ErrorCode::invalid_input,
                        HasSubstr("its signature is by none"));
}

TEST_F(ModuleDownload, WantsSignaturesAndKeysTogether) {
    serve_module();
    const SigningKey key;
    EXPECT_ERROR_SAYING(fetch(module(key.sign(module_text))), ErrorCode::invalid_input,
                        HasSubstr("trusted_keys names no key to check it with"));
    downloads_.trusted_keys = {key.public_bytes()};
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::invalid_input,
                        HasSubstr("it needs a \"signature\""));
}

TEST_F(ModuleDownload, AsksNoPrivateAddressThatIsNotNamed) {
    serve_module();
    downloads_.private_hosts.clear();
    EXPECT_ERROR_SAYING(
        fetch(module()), ErrorCode::unavailable,
        AllOf(HasSubstr("a private address"), HasSubstr("plugin_downloads.private_hosts")));
    EXPECT_THAT(server_->requests(), IsEmpty());
}

TEST_F(ModuleDownload, IsNotLedToAPrivateAddressByARedirect) {
    HttpServer hidden([](const auto&) { return response("200 OK", module_text); },
                      authority_.issue("IP:127.0.0.1"));
    const std::string target = "https://127.0.0.1:" + std::to_string(hidden.port()) + "/";
    serve([&](const auto&) { return response("302 Found", "", "Location: " + target + "\r\n"); });
    EXPECT_ERROR_SAYING(
        fetch(module()), ErrorCode::invalid_input,
        AllOf(HasSubstr(target), HasSubstr("redirected by"), HasSubstr("its address is private")));
    EXPECT_THAT(hidden.requests(), IsEmpty());
}

TEST_F(ModuleDownload, IsNotLedAwayFromTlsByARedirect) {
    serve([](const auto&) {
        return response("302 Found", "", "Location: http://localhost:1/a.wasm\r\n");
    });
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::invalid_input,
                        HasSubstr("it leads to http://localhost:1/a.wasm, which is no https://"));
}

TEST_F(ModuleDownload, FollowsARedirectToWhereItMayGo) {
    serve([this](const HttpServer::Request& request) {
        if (request.target != "/moved") return response("301 Moved", "", "Location: /moved\r\n");
        return response("200 OK", module_text);
    });
    EXPECT_EQ(fetch(module()), module_text);
}

TEST_F(ModuleDownload, StopsAtABodyThatIsTooLarge) {
    serve([](const auto&) { return response("200 OK", std::string((1 << 20) + 1, 'x')); });
    downloads_.module_bytes = 1 << 20;
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::memory_limit,
                        AllOf(HasSubstr("cannot be fetched"), HasSubstr("1048576")));
}

TEST_F(ModuleDownload, StopsAtABodyThatIsTooSlow) {
    serve([](const auto&) { return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nthe"; });
    downloads_.timeout = 300ms;
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::timeout, HasSubstr("cannot be fetched"));
}

TEST_F(ModuleDownload, NamesTheStatusAndNoSecretOfTheAddress) {
    serve([](const auto&) { return response("404 Not Found", ""); });
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::unavailable,
                        AllOf(HasSubstr("/a.wasm: cannot be fetched: "), HasSubstr("status 404"),
                              testing::Not(HasSubstr("token"))));
}

TEST_F(ModuleDownload, TrustsNoServerOfAnotherAuthority) {
    serve_module();
    std::ofstream(downloads_.ca_file) << tests::TestAuthority().pem();
    EXPECT_ERROR_SAYING(fetch(module()), ErrorCode::unavailable, HasSubstr("certificate"));
}

TEST_F(ModuleDownload, BecomesAPlugIn) {
    const std::string guest = tests::guest_answering({{"pre_hook", "{}"}});
    serve([&](const auto&) { return response("200 OK", guest); });
    tests::HookHost host;
    const store::PluginConfig config{
        .name = "a", .remote = store::RemoteModule{.url = url(), .sha256 = digest_of(guest)}};
    const LoadedPlugin loaded =
        load_plugin(host.engine(), host.cache(), config, {.downloads = downloads_});
    EXPECT_EQ(loaded.status, "active") << loaded.failure();
    EXPECT_TRUE(loaded.phases.has(hooks::Phase::pre));

    store::PluginConfig other = config;
    other.remote->sha256 = digest_of("another");
    EXPECT_THAT(
        load_plugin(host.engine(), host.cache(), other, {.downloads = downloads_}).failure(),
        HasSubstr("its sha256 is"));
}

}  // namespace
}  // namespace sluice::gateway
