#include "base/file_contents.hpp"

#include <fstream>
#include <iterator>

namespace sluice {

std::optional<std::string> file_contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) return std::nullopt;
    return bytes;
}

}  // namespace sluice
