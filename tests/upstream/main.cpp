#include "board.hpp"
#include "connection.hpp"
#include "http/asio_types.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

namespace {

namespace asio = sluice::http::asio;
using namespace sluice;

void report(std::exception_ptr fault) {
    if (!fault) return;
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& error) {
        fmt::print(stderr, "mock_upstream: {}\n", error.what());
    }
}

http::Task<void> serve(http::Acceptor& acceptor, upstream::Board& board) {
    for (;;) {
        http::Socket socket = co_await acceptor.async_accept(http::use_task);
        const auto connection = std::make_shared<upstream::Connection>(std::move(socket), board);
        asio::co_spawn(acceptor.get_executor(), connection->run(), report);
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("An OpenAI-compatible upstream for tests; directives stand in the model's name");
    std::uint16_t port = 0;
    app.add_option("--port", port, "0 takes a free one")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    std::signal(SIGPIPE, SIG_IGN);
    try {
        asio::io_context context(1);
        const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), port);
        http::Acceptor acceptor(context.get_executor(), here);
        acceptor.listen(4'096);
        upstream::Board board(context.get_executor());
        fmt::print("mock_upstream: listening on http://127.0.0.1:{}\n",
                   acceptor.local_endpoint().port());
        std::fflush(stdout);
        asio::co_spawn(context, serve(acceptor, board), report);
        context.run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "mock_upstream: {}\n", error.what());
        return 1;
    }
    return 0;
}
