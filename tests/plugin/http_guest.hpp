#pragma once

#include "http_server.hpp"
#include "plugins.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A guest that sends the HTTP requests it is given, and what its servers answer.
namespace sluice::tests {

/// tests/guests/extism_http.wat.
inline Manifest manifest_for(std::vector<std::string> allowed_hosts) {
    Manifest manifest = manifest_of("extism_http");
    manifest.allowed_hosts = std::move(allowed_hosts);
    return manifest;
}

inline Plugin plugin_for(std::vector<std::string> allowed_hosts = {"127.0.0.1"},
                         PluginOptions options = {}) {
    return Plugin(manifest_for(std::move(allowed_hosts)), std::move(options));
}

/// The request's JSON; `more` begins with a comma.
inline std::string get(const std::string& url, const std::string& more = {}) {
    return R"({"url":")" + url + '"' + more + '}';
}

/// What the server answers to whatever it is asked.
inline HttpServer::Answer always(std::string text) {
    return [text = std::move(text)](const HttpServer::Request&) { return text; };
}

/// Answers each target with its text, and others with their method and body.
inline HttpServer::Answer site(std::map<std::string, std::string> pages) {
    return [pages = std::move(pages)](const HttpServer::Request& request) {
        const auto page = pages.find(request.target);
        if (page != pages.end()) return page->second;
        return response("200 OK", request.method + " " + request.body);
    };
}

inline std::string redirect(std::string_view status, const std::string& location) {
    return response(status, "moved", "Location: " + location + "\r\n");
}

}  // namespace sluice::tests
