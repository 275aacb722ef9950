#include "base/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace sluice {
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

    bool write(std::initializer_list<ByteView> pieces) {
        return stream_ != nullptr && std::ranges::all_of(pieces, [this](ByteView piece) {
                   return std::fwrite(piece.data(), 1, piece.size(), stream_.get()) == piece.size();
               });
    }
    /// Only root may give files away; where that fails, the file is its writer's.
    void give_to(uid_t user, gid_t group) {
        [[maybe_unused]] const int given = ::fchown(::fileno(stream_.get()), user, group);
    }
    bool finish(mode_t mode, bool durable) {
        const int descriptor = ::fileno(stream_.get());
        return std::fflush(stream_.get()) == 0 && ::fchmod(descriptor, mode) == 0 &&
               (!durable || ::fsync(descriptor) == 0);
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

std::optional<std::string> replace_file(const std::filesystem::path& file,
                                        std::initializer_list<ByteView> pieces,
                                        const ReplaceOptions& options) {
    std::filesystem::path place = file;
    struct stat status{};
    if (!options.mode) {
        std::error_code failed;
        place = std::filesystem::canonical(file, failed);
        if (failed) return failed.message();
        if (::stat(place.c_str(), &status) != 0) return std::strerror(errno);
    }
    NewFile next(place);
    if (!next.write(pieces)) return std::strerror(errno);
    if (!options.mode) next.give_to(status.st_uid, status.st_gid);
    const mode_t mode = options.mode.value_or(status.st_mode & 07777U);
    if (!next.finish(mode, options.durable) || !next.replace(place)) return std::strerror(errno);
    return std::nullopt;
}

}  // namespace sluice
