#include "wasm/wasi_descriptors.hpp"

#include "wasm/instance.hpp"
#include "wasm/wasi_beneath.hpp"
#include "wasm/wasi_types.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace sluice::wasm::wasi {
namespace {

constexpr std::uint32_t streams = 3;

[[noreturn]] void refuse(const Folder& folder, std::string_view why) {
    throw Error(ErrorCode::unavailable,
                fmt::format("folder \"{}\": {}", folder.host.string(), why));
}

Descriptor open_folder(const Folder& folder) {
    HostFile opened(::open(folder.host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) refuse(folder, std::generic_category().message(errno));
    const int kernel = beneath_error(opened.number());
    if (kernel == ENOSYS)
        refuse(folder,
               "this kernel has no openat2 (Linux 5.6 has it); without it no folder is "
               "given to a plug-in");
    if (kernel != 0)
        refuse(folder, fmt::format("openat2: {}", std::generic_category().message(kernel)));
    return {.file = std::move(opened),
            .kind = Descriptor::Kind::directory,
            .read_only = folder.read_only,
            .rights = right::of_directories,
            .inheriting = right::of_directories | right::of_files,
            .guest_name = folder.guest};
}

}  // namespace

Descriptors::Descriptors(std::span<const Folder> folders) {
    if (folders.size() > most)
        throw Error(
            ErrorCode::invalid_input,
            fmt::format("a plug-in may have {} folders at most, not {}", most, folders.size()));
    for (const Folder& folder : folders) add(open_folder(folder));
}

Descriptor* Descriptors::find(std::uint32_t number) noexcept {
    return number < slots_.size() && slots_[number] ? &*slots_[number] : nullptr;
}

std::uint32_t Descriptors::add(Descriptor opened) {
    if (slots_.size() < streams) slots_.resize(streams);
    auto place = std::find_if(slots_.begin() + streams, slots_.end(),
                              [](const auto& slot) { return !slot.has_value(); });
    if (place == slots_.end()) place = slots_.emplace(slots_.end());
    *place = std::move(opened);
    ++count_;
    return static_cast<std::uint32_t>(place - slots_.begin());
}

bool Descriptors::close(std::uint32_t number) noexcept {
    if (find(number) == nullptr) return false;
    slots_[number].reset();
    --count_;
    return true;
}

bool Descriptors::move(std::uint32_t from, std::uint32_t to) noexcept {
    if (find(from) == nullptr || (to >= streams && find(to) == nullptr)) return false;
    if (from == to) return true;
    close(to);
    slots_[to] = std::move(slots_[from]);
    slots_[from].reset();
    return true;
}

}  // namespace sluice::wasm::wasi
