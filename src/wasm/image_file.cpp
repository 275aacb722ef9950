#include "wasm/image_file.hpp"

#include "base/replace_file.hpp"
#include "wasm/code_file.hpp"
#include "wasm/host_file.hpp"

#include <sluice/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::wasm {
namespace {

constexpr std::string_view magic = "SLUICE1\n";
constexpr std::size_t head_bytes = magic.size() + std::tuple_size_v<Digest>;

}  // namespace

Digest sha256(std::initializer_list<ByteView> pieces) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    Digest digest{};
    bool fine = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    for (const ByteView piece : pieces)
        fine = fine && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
    fine =
        fine && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                   nullptr) == 1;
    if (!fine) throw Error(ErrorCode::internal, "SHA-256 is not available");
    return digest;
}

std::string hex(const Digest& digest) {
    std::string text;
    for (const std::byte each : digest) text += fmt::format("{:02x}", std::to_integer<int>(each));
    return text;
}

std::optional<std::string> refuse_folder(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder.parent_path(), failure);
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return std::strerror(errno);
    struct stat status{};
    if (::lstat(folder.c_str(), &status) != 0) return std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "it is not a folder";
    if (!is_ours_alone(status)) return "others own it or may write to it";
    return std::nullopt;
}

std::optional<Bytes> read_image(const std::filesystem::path& file, const Digest& key) {
    const HostFile opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status{};
    if (!opened || ::fstat(opened.number(), &status) != 0 || !S_ISREG(status.st_mode) ||
        !is_ours_alone(status) || static_cast<std::size_t>(status.st_size) < head_bytes)
        return std::nullopt;

    std::array<std::byte, head_bytes> head{};
    Bytes image(static_cast<std::size_t>(status.st_size) - head_bytes);
    if (!read_all(opened.number(), head) || !read_all(opened.number(), image)) return std::nullopt;
    const auto written = std::span(head);
    const bool sound = std::ranges::equal(written.first(magic.size()), as_bytes(magic)) &&
                       std::ranges::equal(written.subspan(magic.size()), sha256({key, image}));
    if (!sound) return std::nullopt;
    return image;
}

std::optional<std::string> write_image(const std::filesystem::path& file, const Digest& key,
                                       ByteView image) {
    return replace_file(file, {as_bytes(magic), sha256({key, image}), image},
                        {.mode = S_IRUSR | S_IWUSR});
}

}  // namespace sluice::wasm
