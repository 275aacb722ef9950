#include "plugin/curl_client.hpp"

#include "base/ascii.hpp"
#include "plugin/http_url.hpp"
#include "plugin/ip_address.hpp"

#include <sluice/error.hpp>
#include <sluice/runtime.hpp>

#include <curl/curl.h>
#include <fmt/format.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace sluice {
namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t max_header_bytes = 64 << 10;
constexpr long max_connections = 8;  // kept, of one plug-in

template <auto function>
struct Delete {
    template <class T>
    void operator()(T* handle) const noexcept {
        function(handle);
    }
};
using EasyHandle = std::unique_ptr<CURL, Delete<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, Delete<curl_multi_cleanup>>;
using ListHandle = std::unique_ptr<curl_slist, Delete<curl_slist_free_all>>;

void check(CURLMcode code) {
    if (code != CURLM_OK)
        throw Error(ErrorCode::internal, fmt::format("libcurl: {}", curl_multi_strerror(code)));
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy, option, value);
    if (code != CURLE_OK)
        throw Error(ErrorCode::internal, fmt::format("libcurl: {}", curl_easy_strerror(code)));
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool has_header(const HttpHeaders& headers, std::string_view name) {
    return std::ranges::any_of(headers,
                               [&](const auto& each) { return same_name(each.first, name); });
}

ListHandle header_list(const HttpRequest& request) {
    ListHandle list;
    const auto append = [&](const std::string& line) {
        curl_slist* longer = curl_slist_append(list.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        std::ignore = list.release();
        list.reset(longer);
    };
    for (const auto& [name, value] : request.headers)
        append(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    append("Expect:");  // else a server that does not know it costs a second
    if (!has_header(request.headers, "content-type")) append("Content-Type:");
    return list;
}

/// One request on its way, as libcurl's callbacks see it. They may not throw: C is between.
class Transfer {
  public:
    Transfer(CURL* easy, const HttpRequest& request, const HttpLimits& limits,
             const CurlOptions& options);

    /// Why there is no whole response. Errors: \throws Error unless `code` says that all went well.
    void check(CURLcode code) const;
    [[noreturn]] void fail(ErrorCode code, std::string_view cause) const;
    HttpResponse response();

  private:
    void choose_method(const HttpRequest& request);
    HttpHeaders headers() const;
    bool may_connect(const std::optional<IpAddress>& address) noexcept;

    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept;
    static std::size_t on_header(char*, std::size_t, std::size_t size, void* self) noexcept;
    static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept;
    static int on_connected(void* self, char* address, char*, int, int) noexcept;

    /// Lets the handle forget what pointed here; its connections stay.
    struct Reset {
        void operator()(CURL* easy) const noexcept { curl_easy_reset(easy); }
    };
    std::unique_ptr<CURL, Reset> easy_;
    const HttpLimits& limits_;
    const CurlOptions& options_;
    std::string host_;
    bool decodes_ = false;
    ListHandle header_list_;
    std::array<char, CURL_ERROR_SIZE> cause_{};

    Bytes body_{};
    std::uint64_t header_bytes_ = 0;
    enum class Refusal { none, body, headers, address, memory };
    Refusal refusal_ = Refusal::none;
    std::optional<IpAddress> refused_address_{};
};

Transfer::Transfer(CURL* easy, const HttpRequest& request, const HttpLimits& limits,
                   const CurlOptions& options)
    : easy_(easy),
      limits_(limits),
      options_(options),
      host_(parse_http_url(request.url).host),
      decodes_(!has_header(request.headers, "accept-encoding")),
      header_list_(header_list(request)) {
    set(easy, CURLOPT_ERRORBUFFER, cause_.data());
    set(easy, CURLOPT_URL, request.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);  // a resolver that hangs does not hold back who gave up
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options.authorities.empty()) set(easy, CURLOPT_CAINFO, options.authorities.c_str());
    set(easy, CURLOPT_USERAGENT, fmt::format("sluice/{}", version()).c_str());
    set(easy, CURLOPT_HTTPHEADER, header_list_.get());
    if (decodes_) set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    choose_method(request);

    set(easy, CURLOPT_WRITEFUNCTION, on_body);
    set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(easy, CURLOPT_HEADERFUNCTION, on_header);
    set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(easy, CURLOPT_PREREQFUNCTION, on_connected);
    set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void Transfer::choose_method(const HttpRequest& request) {
    const std::string& method = request.method;
    const bool has_body = !request.body.empty() || method == "POST" || method == "PUT" ||
                          method == "PATCH";  // these say that theirs is empty
    if (method == "HEAD") {
        set(easy_.get(), CURLOPT_NOBODY, 1L);
    } else if (has_body) {
        set(easy_.get(), CURLOPT_POST, 1L);
        set(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(easy_.get(), CURLOPT_POSTFIELDS,
            request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
    }
    set(easy_.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    if (size > transfer.limits_.max_response_bytes - transfer.body_.size()) {
        transfer.refusal_ = Refusal::body;
        return 0;
    }
    try {
        const ByteView bytes = as_bytes({data, size});
        transfer.body_.insert(transfer.body_.end(), bytes.begin(), bytes.end());
    } catch (const std::bad_alloc&) {
        transfer.refusal_ = Refusal::memory;
        return 0;
    }
    return size;
}

std::size_t Transfer::on_header(char*, std::size_t, std::size_t size, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_bytes_ += size;
    if (transfer.header_bytes_ <= max_header_bytes) return size;
    transfer.refusal_ = Refusal::headers;
    return 0;
}

bool Transfer::may_connect(const std::optional<IpAddress>& address) noexcept {
    if (limits_.addresses == HttpAddresses::any || (address && address->is_public())) return true;
    refusal_ = Refusal::address;
    refused_address_ = address;
    return false;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    if (!static_cast<Transfer*>(self)->may_connect(IpAddress::of(address->addr)))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// For connections that were kept: an earlier request may have had wider limits.
// NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's
int Transfer::on_connected(void* self, char* address, char*, int, int) noexcept {
    return static_cast<Transfer*>(self)->may_connect(IpAddress::parse(address))
               ? CURL_PREREQFUNC_OK
               : CURL_PREREQFUNC_ABORT;
}

void Transfer::fail(ErrorCode code, std::string_view cause) const {
    throw Error(code, fmt::format("HTTP request to {} failed: {}", host_, cause));
}

void Transfer::check(CURLcode code) const {
    if (code == CURLE_OK) return;
    switch (refusal_) {
        case Refusal::body:
            throw Error(ErrorCode::memory_limit,
                        fmt::format("HTTP response exceeds the configured maximum number of bytes: "
                                    "{}",
                                    limits_.max_response_bytes));
        case Refusal::headers:
            fail(ErrorCode::memory_limit,
                 fmt::format("the response's headers exceed {} bytes", max_header_bytes));
        case Refusal::memory:
            fail(ErrorCode::memory_limit, "out of memory");
        case Refusal::address:
            fail(ErrorCode::unavailable,
                 fmt::format("the name leads to {}, a private address, which wildcards do not "
                             "open; write the name into {}",
                             refused_address_ ? refused_address_->text() : "no IP address",
                             options_.hosts_setting));
        case Refusal::none:
            break;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) fail(ErrorCode::timeout, "out of time");
    const std::string cause = cause_[0] != '\0' ? cause_.data() : curl_easy_strerror(code);
    // What OpenSSL says of a bad signature names its own functions and nothing else.
    const bool is_obscure = code == CURLE_SSL_CONNECT_ERROR;
    fail(ErrorCode::unavailable,
         is_obscure ? "no TLS; the certificate may be by nobody who is trusted: " + cause : cause);
}

HttpHeaders Transfer::headers() const {
    HttpHeaders headers;
    const curl_header* header = nullptr;
    curl_header* previous = nullptr;
    while ((header = curl_easy_nextheader(easy_.get(), CURLH_HEADER, -1, previous)) != nullptr) {
        previous = const_cast<curl_header*>(header);
        const auto [entry, is_new] = headers.try_emplace(lower_case(header->name), header->value);
        if (!is_new) entry->second.append(", ").append(header->value);
    }
    if (decodes_ && headers.contains("content-encoding")) {
        headers.erase("content-encoding");  // true of what came, not of what is given
        headers.erase("content-length");
    }
    return headers;
}

HttpResponse Transfer::response() {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return {.status = static_cast<int>(status), .headers = headers(), .body = std::move(body_)};
}

class CurlClient {
  public:
    explicit CurlClient(CurlOptions options);

    HttpResponse send(const HttpRequest& request, const HttpLimits& limits);

  private:
    CURLcode run(const Transfer& transfer, const HttpLimits& limits);

    CurlOptions options_;
    MultiHandle multi_;  // first: keeps the connections, and lets a wait be ended from outside
    EasyHandle easy_;
};

CurlClient::CurlClient(CurlOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    if (!multi_ || !easy_) throw std::bad_alloc();
    check(curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, max_connections));
}

HttpResponse CurlClient::send(const HttpRequest& request, const HttpLimits& limits) {
    Transfer transfer(easy_.get(), request, limits, options_);
    transfer.check(run(transfer, limits));
    return transfer.response();
}

/// The end of a transfer takes its handle out of the multi handle; one that was cut short is
/// closed.
struct Running {
    CURLM* multi;
    CURL* easy;
    Running(CURLM* in, CURL* what) : multi(in), easy(what) {
        check(curl_multi_add_handle(in, what));
    }
    ~Running() { curl_multi_remove_handle(multi, easy); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};

CURLcode CurlClient::run(const Transfer& transfer, const HttpLimits& limits) {
    using std::chrono::milliseconds;
    constexpr milliseconds longest_wait{60'000};  // fits in an int
    CURLM* const multi = multi_.get();
    const Running running(multi, easy_.get());
    const std::stop_callback wake(limits.cancel, [multi] { curl_multi_wakeup(multi); });
    for (;;) {
        if (limits.cancel.stop_requested()) transfer.fail(ErrorCode::cancelled, "cancelled");
        const steady_clock::time_point now = steady_clock::now();
        if (now >= limits.deadline) transfer.fail(ErrorCode::timeout, "out of time");
        int unfinished = 0;
        check(curl_multi_perform(multi, &unfinished));
        if (unfinished == 0) break;
        const auto left = std::min<steady_clock::duration>(limits.deadline - now, longest_wait);
        const auto wait = std::chrono::ceil<milliseconds>(left);
        check(curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr));
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi, &left);
    return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

}  // namespace

HttpClient make_curl_client(CurlOptions options) {
    return [client = std::make_shared<CurlClient>(std::move(options))](const HttpRequest& request,
                                                                       const HttpLimits& limits) {
        return client->send(request, limits);
    };
}

}  // namespace sluice
