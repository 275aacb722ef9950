#pragma once

#include "upstream.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::tests {

/// Puts TLS before the mock upstream, on a thread of its own, with a certificate of an authority
/// that was made for the test.
class TlsFront {
  public:
    /// `names` is the certificate's subjectAltName, such as "DNS:localhost".
    TlsFront(const Upstream& upstream, const std::string& names);
    ~TlsFront();
    TlsFront(const TlsFront&) = delete;
    TlsFront& operator=(const TlsFront&) = delete;

    std::uint16_t port() const;
    /// The authority's certificate, as PEM in a file.
    std::string ca_file() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sluice::tests
