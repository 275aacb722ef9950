#pragma once

#include <sluice/http.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// The management API of a running gateway, for one of its plug-ins.
/// Threads: one.
class GatewayApi {
  public:
    /// `gateway` is its address: `http://127.0.0.1:8080`; `plugin` a name without special
    /// characters.
    GatewayApi(std::string gateway, std::string plugin);

    /// Replaces the plug-in, or adds it; `members` is the JSON of its entry.
    /// Blocks: until new requests meet it.
    /// Errors: \throws Error unavailable or timeout when nobody answers; invalid_input with the
    /// gateway's own words when it refuses.
    void put(std::string_view members);

    /// What it has logged since the call before, or since put(); a line each.
    /// Errors: as put().
    std::vector<std::string> new_log_lines();

  private:
    std::string ask(std::string_view method, const std::string& path, std::string_view body);
    /// Behind which line nothing has come yet.
    std::uint64_t read_lines(std::string_view answer, std::vector<std::string>& lines) const;

    std::string gateway_;
    std::string plugin_;
    HttpClient client_;
    std::uint64_t last_line_ = 0;
};

}  // namespace sluice::app
