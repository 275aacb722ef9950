#pragma once

#include <sluice/http.hpp>

#include <string>

namespace sluice {

struct CurlOptions {
    /// A file of PEM certificates that are trusted in place of the system's; empty: the system's.
    std::string authorities{};
    /// What messages call the list of hosts that may be asked.
    std::string hosts_setting = "the manifest's allowed_hosts";
};

/// HTTP by libcurl: HTTP/1.1, and HTTP/2 where TLS negotiates it. Certificates are verified; no
/// cookies, no passwords from files, and no proxy, whatever the environment says: through a proxy
/// nobody could tell which address a request ends at.
///
/// A gzipped body arrives decoded, unless the request asks for an encoding itself.
/// Lifetime: keeps its connections for the requests to come until its last copy is gone.
/// Threads: one at a time, its copies included.
HttpClient make_curl_client(CurlOptions options = {});

}  // namespace sluice
