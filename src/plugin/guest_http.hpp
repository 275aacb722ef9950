#pragma once

#include "plugin/http_exchange.hpp"

#include <sluice/bytes.hpp>
#include <sluice/http.hpp>
#include <sluice/manifest.hpp>
#include <sluice/plugin.hpp>

#include <optional>
#include <string>

namespace sluice {

/// HTTP as one plug-in's guest has it: a request at a time, then its status and headers.
///
/// Lifetime: manifest and options outlive it; it outlives the plug-in's instances, as what they
/// read is that of the plug-in's last request. Threads: those of the plug-in.
class GuestHttp {
  public:
    GuestHttp(const Manifest& manifest, const PluginOptions& options);

    /// What the request described by `json` brings back. `limits` are those of the call; the
    /// manifest's bound on responses is added here.
    /// Errors: \throws Error invalid_input for what is no request or may not be sent; else as the
    ///     HttpClient.
    Bytes request(std::string_view json, ByteView body, HttpLimits limits);

    /// 0 before the first request, and after one that failed.
    int status() const noexcept { return status_; }
    /// The response's headers as a JSON object; nothing when guests may not see them.
    std::optional<std::string> headers() const;
    /// From now on guests may see them, whatever the options say.
    void allow_headers() noexcept { headers_allowed_ = true; }

  private:
    const Manifest& manifest_;
    const PluginOptions& options_;
    HttpClient client_{};                 // made at the first request
    std::optional<HttpPolicy> policy_{};  // likewise
    int status_ = 0;
    HttpHeaders headers_{};
    bool headers_allowed_;
};

/// Reads `{"url": ..., "method": ..., "headers": {...}}`; the body is not part of it.
/// Errors: \throws Error invalid_input "invalid HTTP request: ...".
/// Source: Extism's manifest crate, HttpRequest; `header` is what it was called up to 1.3.
HttpRequest parse_http_request(std::string_view json);

}  // namespace sluice
