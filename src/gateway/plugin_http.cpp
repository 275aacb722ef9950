#include "gateway/plugin_http.hpp"

#include "base/ascii.hpp"
#include "http/body_reader.hpp"
#include "http/connect.hpp"
#include "http/deadline.hpp"
#include "http/framing.hpp"
#include "http/reply.hpp"
#include "http/request_checks.hpp"
#include "plugin/http_exchange.hpp"
#include "plugin/http_url.hpp"
#include "plugin/ip_address.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::gateway {
namespace {

constexpr std::size_t most_pools = 64;
constexpr std::size_t head_room = 128 << 10;
constexpr std::size_t kept_buffer_bytes = 16 << 10;

[[noreturn]] void fail(std::string_view shown, std::string_view why,
                       ErrorCode code = ErrorCode::unavailable) {
    throw Error(code, fmt::format("HTTP request to {}: {}", shown, why));
}

bool is_public(const http::asio::ip::address& address) {
    const auto parsed = IpAddress::parse(address.to_string());
    return parsed && parsed->is_public();
}

/// Which addresses a host may lead to. Errors: \throws Error when it may not be asked at all.
HttpAddresses allowed(const HostPatterns& hosts, const HttpUrl& url) {
    if (hosts.empty()) fail(url.shown, "the plug-in's allowed_hosts is empty");
    const HostMatch match = hosts.match(url.host);
    if (match == HostMatch::none)
        fail(url.shown,
             fmt::format("no entry of the plug-in's allowed_hosts fits the host `{}`", url.host));
    return match == HostMatch::named ? HttpAddresses::any : HttpAddresses::public_only;
}

/// What stands behind the origin, as the request line has it.
std::string target_of(const HttpUrl& url) {
    const std::size_t begin = url.text.find("://") + 3;
    const std::size_t end = std::min(url.text.find_first_of("/?#", begin), url.text.size());
    if (url.text.substr(begin, end - begin).find('@') != std::string::npos)
        fail(url.shown, "it holds a user's name; put credentials into a header");
    const std::string target = url.text.substr(end, url.text.find('#', end) - end);
    return target.starts_with('/') ? target : "/" + target;
}

bool names_body(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string head_of(const HttpRequest& request, const HttpUrl& url, const http::BaseUrl& base) {
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, target_of(url),
                                   base.authority());
    bool has_agent = false;
    for (const auto& [name, value] : request.headers) {
        http::append_field(head, name, value);
        has_agent |= equal_ignoring_case(name, "user-agent");
    }
    if (!has_agent) head += "User-Agent: sluice\r\n";
    if (!request.body.empty() || names_body(request.method))
        head += fmt::format("Content-Length: {}\r\n", request.body.size());
    return head + "\r\n";
}

hooks::HttpReply reply_of(const http::ResponseHead& head, std::string_view body) {
    hooks::HttpReply reply{.status = head.status(), .body = std::string(body)};
    for (const http::Field& field : head.fields()) {
        const auto [entry, is_new] =
            reply.headers.try_emplace(lower_case(field.name), std::string(field.value));
        if (!is_new) entry->second.append(", ").append(field.value);
    }
    return reply;
}

}  // namespace

/// One request, checked: where it goes, and what is sent.
struct PluginHttp::Exchange {
    Exchange(const hooks::HttpTask& task, const hooks::HostAccess& access,
             http::Clock::time_point end)
        : url(parse_http_url(task.url)),
          base(http::parse_base_url(url.origin)),
          addresses(allowed(access.hosts, url)),
          method(task.method),
          body(task.body),
          most_bytes(access.http_response_bytes),
          deadline(end) {
        HttpRequest request{.method = task.method, .url = task.url, .body = as_bytes(task.body)};
        for (const auto& [name, value] : task.headers)
            request.headers.insert_or_assign(name, value);
        prepare_http_request(request);
        request.headers.erase("accept-encoding");  // nobody would decode it
        head = head_of(request, url, base);
    }

    HttpUrl url;
    http::BaseUrl base;
    HttpAddresses addresses;
    std::string_view method;
    std::string_view body;
    std::size_t most_bytes;
    http::Clock::time_point deadline;
    std::string head{};
};

namespace {

/// False when a kept link died before it answered.
bool has_answered(http::Link& link, http::HeadStatus status, bool kept, std::string_view shown) {
    switch (status) {
        case http::HeadStatus::complete:
            break;
        case http::HeadStatus::closed:
            if (kept) return false;
            fail(shown, "the connection was closed before an answer came");
        case http::HeadStatus::failed: {
            const http::error_code error = link.head().error();
            if (error == http::asio::error::operation_aborted)
                throw boost::system::system_error(error);
            if (kept && link.buffer().empty()) return false;
            fail(shown, error.message());
        }
        case http::HeadStatus::cut_off:
            fail(shown, "the connection was closed inside the answer's head");
        case http::HeadStatus::malformed:
        case http::HeadStatus::too_large:
        case http::HeadStatus::need_more:
            fail(shown, fmt::format("the answer cannot be read: {}", link.head().problem()));
    }
    if (const auto why = http::refuse_ambiguous(link.head()))
        fail(shown, fmt::format("the answer cannot be read: {}", *why));
    return true;
}

http::Task<std::size_t> read_body(http::Link& link, http::BodyReader& body, std::string_view shown,
                                  std::size_t most) {
    auto status = body.advance(link.buffer());
    while (status == http::BodyStatus::need_more) {
        const http::error_code error = co_await http::fill(link, link.buffer());
        if (error == http::asio::error::operation_aborted) throw boost::system::system_error(error);
        if (!error)
            status = body.advance(link.buffer());
        else
            status = http::is_end_of_stream(error) ? body.close(link.buffer())
                                                   : http::BodyStatus::cut_off;
    }
    if (status == http::BodyStatus::complete) co_return body.bytes();
    if (status == http::BodyStatus::too_large)
        fail(shown,
             fmt::format("the answer is larger than limits.http_response_kb ({})", most >> 10),
             ErrorCode::memory_limit);
    fail(shown, status == http::BodyStatus::cut_off ? "the answer was broken off"
                                                    : "the answer cannot be read");
}

}  // namespace

PluginHttp::PluginHttp(std::function<std::shared_ptr<const http::TlsClient>()> tls)
    : tls_(std::move(tls)) {}
PluginHttp::~PluginHttp() = default;

std::shared_ptr<http::LinkPool> PluginHttp::pool_for(const Exchange& exchange) {
    const bool any = exchange.addresses == HttpAddresses::any;
    const std::string key = exchange.url.origin + (any ? " any" : " public");
    if (const auto found = pools_.find(key); found != pools_.end()) return found->second;
    std::shared_ptr<const http::TlsClient> tls;
    if (exchange.base.scheme == http::Scheme::https) {
        tls = tls_();
        if (!tls) fail(exchange.url.shown, "no certificate authorities are loaded");
    }
    http::Target target = http::target_of(exchange.base, std::move(tls));
    if (!any) target.admits = is_public;
    auto pool = std::make_shared<http::LinkPool>(std::move(target));
    if (pools_.size() < most_pools) pools_.emplace(key, pool);
    return pool;
}

http::Task<hooks::HttpReply> PluginHttp::exchange(Exchange& exchange) {
    const std::shared_ptr<http::LinkPool> pool = pool_for(exchange);
    const std::string& shown = exchange.url.shown;
    for (;;) {
        std::unique_ptr<http::Link> link = pool->take();
        const bool kept = link != nullptr;
        if (!kept)
            link = co_await http::connect(pool->target(), exchange.deadline - http::Clock::now());
        ++link->served;
        link->buffer().limit(exchange.most_bytes + head_room);
        http::Gather slices(exchange.head, exchange.body);
        const http::error_code sent = co_await http::write_all(*link, slices);
        if (sent == http::asio::error::operation_aborted) throw boost::system::system_error(sent);
        if (sent && kept) continue;
        http::HeadStatus status{};
        do status = co_await http::read_head(link->head(), *link, link->buffer());
        while (status == http::HeadStatus::complete && link->head().is_interim());
        if (!has_answered(*link, status, kept, shown)) continue;
        const http::BodyFraming framing = http::body_framing(link->head(), exchange.method);
        http::BodyReader body(framing, exchange.most_bytes);
        const std::size_t bytes = co_await read_body(*link, body, shown, exchange.most_bytes);
        hooks::HttpReply reply = reply_of(link->head(), link->buffer().view().substr(0, bytes));
        link->buffer().consume(bytes);
        if (link->head().keep_alive() && framing.kind != http::BodyFraming::Kind::until_close) {
            if (link->buffer().empty() && link->buffer().capacity() > kept_buffer_bytes)
                link->buffer().release();
            pool->give(std::move(link));
        }
        co_return reply;
    }
}

http::Task<hooks::HttpReply> PluginHttp::send(const hooks::HttpTask& task,
                                              const hooks::HostAccess& access,
                                              http::Clock::time_point deadline) {
    hooks::HttpReply failed;
    try {
        if (task.timeout) deadline = std::min(deadline, http::Clock::now() + *task.timeout);
        Exchange checked(task, access, deadline);
        std::string what = "HTTP request to " + checked.url.shown;
        auto work = exchange(checked);
        auto reply = co_await http::with_deadline(deadline - http::Clock::now(), std::move(what),
                                                  std::move(work));
        co_return reply;
    } catch (const Error& error) {  // the guest is to read it
        failed.problem = error.what();
    }
    co_return failed;
}

void PluginHttp::drop_aged(http::Clock::time_point now) {
    for (const auto& [key, pool] : pools_) pool->drop_aged(now);
    std::erase_if(pools_, [](const auto& each) {
        return each.second->idle() == 0 && each.second.use_count() == 1;
    });
}

}  // namespace sluice::gateway
