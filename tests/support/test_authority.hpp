#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace sluice::tests {

/// A certificate and its key, both as PEM text.
struct Certificate {
    std::string certificate{};
    std::string key{};
};

/// A certificate authority that lives as long as the test.
class TestAuthority {
  public:
    TestAuthority()
        : key_(new_key()), certificate_(new_certificate("Sluice test authority", *key_)) {
        extend(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
        extend(*certificate_, NID_key_usage, "critical,keyCertSign");
        check(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
    }

    std::string pem() const { return pem_of(*certificate_); }

    /// `alternative_name` is `DNS:name` or `IP:address`.
    Certificate issue(const std::string& alternative_name) const {
        const Key key = new_key();
        const Handle<X509, X509_free> certificate = new_certificate("Sluice test server", *key);
        check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get())) ==
              1);
        extend(*certificate, NID_subject_alt_name, alternative_name);
        check(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);

        const Memory memory(BIO_new(BIO_s_mem()));
        check(PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr) == 1);
        return {.certificate = pem_of(*certificate), .key = text_of(*memory)};
    }

  private:
    template <class T, void (*free)(T*)>
    struct Free {
        void operator()(T* handle) const noexcept { free(handle); }
    };
    template <class T, void (*free)(T*)>
    using Handle = std::unique_ptr<T, Free<T, free>>;
    using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
    using Memory = Handle<BIO, BIO_free_all>;

    static void check(bool done) {
        if (!done) throw std::runtime_error("OpenSSL refused to make a certificate");
    }

    static Key new_key() {
        Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
        check(key != nullptr);
        return key;
    }

    static Handle<X509, X509_free> new_certificate(const std::string& name, EVP_PKEY& key) {
        Handle<X509, X509_free> certificate(X509_new());
        check(certificate != nullptr);
        X509_set_version(certificate.get(), 2);
        static long serial = 1;
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24L * 3600);
        check(X509_set_pubkey(certificate.get(), &key) == 1);
        X509_NAME* const subject = X509_get_subject_name(certificate.get());
        check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                                         -1, 0) == 1);
        check(X509_set_issuer_name(certificate.get(), subject) == 1);
        return certificate;
    }

    static void extend(X509& certificate, int what, const std::string& value) {
        X509V3_CTX context{};
        X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
        const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
            X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
        check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
    }

    static std::string text_of(BIO& memory) {
        std::string text(BIO_ctrl_pending(&memory), '\0');
        BIO_read(&memory, text.data(), static_cast<int>(text.size()));
        return text;
    }

    static std::string pem_of(X509& certificate) {
        const Memory memory(BIO_new(BIO_s_mem()));
        check(PEM_write_bio_X509(memory.get(), &certificate) == 1);
        return text_of(*memory);
    }

    Key key_;
    Handle<X509, X509_free> certificate_;
};

}  // namespace sluice::tests
