#include "gateway/module_signature.hpp"

#include <openssl/evp.h>

#include <memory>

namespace sluice::gateway {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

bool is_signed_by(std::string_view key, ByteView message, std::string_view signature) {
    const std::unique_ptr<EVP_PKEY, Free> public_key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(key), key.size()));
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    return public_key && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(),
                            octets(as_text(message)), message.size()) == 1;
}

}  // namespace sluice::gateway
