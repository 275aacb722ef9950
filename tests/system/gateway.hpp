#pragma once

#include "files.hpp"
#include "gateway/server.hpp"
#include "store/config.hpp"
#include "store/request_log.hpp"
#include "upstream.hpp"
#include "wire.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::tests {

/// A request that the mock upstream answers with "Hello from the mock upstream.", and one that it
/// answers with a stream of two chunks.
inline constexpr std::string_view hello =
    R"({"model":"openai/gpt-test","messages":[{"role":"user","content":"Hello"}]})";
inline constexpr std::string_view hello_stream =
    R"({"model":"openai/gpt-test?chunks=2","stream":true,"messages":[{"role":"user","content":"hi"}]})";

/// One thread, a free port, the provider `openai` at the mock upstream with the key `sk-upstream`,
/// and the in-process `mock`. Tests change what they are about.
store::Config config_before(const Upstream& upstream, store::ClientConfig client = {});

/// A plug-in entry for a file.
store::PluginConfig plugin(std::string name, std::filesystem::path file);
/// The same for tests/guests/NAME.wat.
store::PluginConfig hazard(std::string_view name);

/// The whole gateway in this process, on a real socket and with a request log on disk.
class Gateway {
  public:
    /// Changes of its plug-ins are written to `config_file`, if there is one.
    explicit Gateway(store::Config config, std::filesystem::path config_file = {});

    Wire connect() const { return Wire(server_->port()); }
    std::uint16_t port() const { return server_->port(); }
    gateway::Server& server() { return *server_; }
    store::RequestLog& log() { return *log_; }
    std::filesystem::path log_file() const { return folder_.path() / "logs.db"; }

    /// One request on a connection of its own.
    Answer chat(std::string_view json) const;
    Answer get(std::string_view target) const;
    /// The same with a JSON body: POST, PUT, DELETE.
    Answer ask(std::string_view method, std::string_view target, std::string_view json = {}) const;
    /// GET /api/logs once it counts so many rows: they are written by a thread of their own.
    std::string logs_once_there_are(std::size_t rows) const;
    /// The logs of one plug-in in GET /api/plugins, and its status.
    std::string plugin_report(std::string_view name) const;

  private:
    TemporaryFolder folder_;
    std::shared_ptr<store::RequestLog> log_;
    std::unique_ptr<gateway::Server> server_;
};

}  // namespace sluice::tests
