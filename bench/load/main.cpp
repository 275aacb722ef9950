#include "load/plain_load.hpp"
#include "load/stream_load.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <exception>

int main(int argc, char** argv) {
    CLI::App app(
        "Sends the same request over kept connections and prints what it measured as JSON");
    sluice::bench::LoadOptions options;
    std::string kind;
    app.add_option("kind", kind)->required()->check(CLI::IsMember({"plain", "streams"}));
    app.add_option("--port", options.port)->required();
    app.add_option("--connections", options.connections)->capture_default_str();
    app.add_option("--requests", options.requests, "plain: in all; streams: a connection")
        ->capture_default_str();
    app.add_option("--path", options.path)->capture_default_str();
    app.add_option("--body", options.body)->required();
    CLI11_PARSE(app, argc, argv);

    try {
        fmt::print("{}\n", kind == "plain" ? run_plain(options) : run_streams(options));
    } catch (const std::exception& error) {
        fmt::print(stderr, "load: {}\n", error.what());
        return 1;
    }
    return 0;
}
