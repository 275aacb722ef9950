#include "store/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace sluice::store {
namespace {

struct Close {
    void operator()(std::FILE* stream) const noexcept { std::fclose(stream); }
};
using Stream = std::unique_ptr<std::FILE, Close>;

/// A file beside the one that it is going to replace; removed unless it did.
class NewFile {
  public:
    explicit NewFile(const std::filesystem::path& beside) : path_(beside.string() + ".XXXXXX") {
        const int descriptor = ::mkostemp(path_.data(), O_CLOEXEC);  // for its owner alone
        if (descriptor < 0) return;
        made_ = true;
        stream_.reset(::fdopen(descriptor, "wb"));
        if (!stream_) ::close(descriptor);
    }
    ~NewFile() {
        if (made_) ::unlink(path_.c_str());
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    bool write(std::string_view text, const struct stat& like) {
        if (!stream_) return false;
        const int descriptor = ::fileno(stream_.get());
        // Only root may give files away; where that fails, the file is its writer's.
        [[maybe_unused]] const int given = ::fchown(descriptor, like.st_uid, like.st_gid);
        return ::fchmod(descriptor, like.st_mode & 07777U) == 0 &&
               std::fwrite(text.data(), 1, text.size(), stream_.get()) == text.size() &&
               std::fflush(stream_.get()) == 0 && ::fsync(descriptor) == 0;
    }
    bool replace(const std::filesystem::path& file) {
        if (std::rename(path_.c_str(), file.c_str()) != 0) return false;
        made_ = false;
        return true;
    }

  private:
    std::string path_;
    Stream stream_{};
    bool made_ = false;
};

}  // namespace

std::optional<std::string> replace_file(const std::filesystem::path& file, std::string_view text) {
    std::error_code failed;
    const std::filesystem::path real = std::filesystem::canonical(file, failed);
    if (failed) return failed.message();
    struct stat status{};
    if (::stat(real.c_str(), &status) != 0) return std::strerror(errno);
    NewFile next(real);
    if (!next.write(text, status) || !next.replace(real)) return std::strerror(errno);
    return std::nullopt;
}

}  // namespace sluice::store
