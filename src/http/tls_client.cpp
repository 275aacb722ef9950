#include "http/tls_client.hpp"

#include <sluice/error.hpp>

#include <boost/asio/ssl/context.hpp>

namespace sluice::http {

namespace ssl = boost::asio::ssl;

TlsClient::TlsClient(const std::string& ca_file)
    : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {
    context_->set_verify_mode(ssl::verify_peer);
    SSL_CTX* const raw = context_->native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // Without this every idle link keeps 32 KiB of OpenSSL's read and write buffers.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);

    boost::system::error_code fault;
    if (ca_file.empty()) {
        context_->set_default_verify_paths(fault);
    } else {
        context_->load_verify_file(ca_file, fault);
    }
    if (fault)
        throw Error(ErrorCode::invalid_input,
                    (ca_file.empty() ? "the system's trust store" : ca_file) +
                        ": no certificate authorities could be read: " + fault.message());
}

TlsClient::~TlsClient() = default;

}  // namespace sluice::http
