#include "wat_guest.hpp"

#include <fmt/format.h>

#include <fstream>

namespace sluice::tests {

WatGuest& WatGuest::answers(std::string_view hook, std::string_view json) {
    std::string escaped;
    for (const char c : json) escaped += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    data_ += fmt::format("  (data (i32.const {}) \"{}\")\n", next_, escaped);
    const std::uint64_t packed = (static_cast<std::uint64_t>(next_) << 32U) | json.size();
    next_ += json.size();
    return runs(hook, fmt::format("(i64.const {})", packed));
}

WatGuest& WatGuest::runs(std::string_view hook, std::string_view instructions) {
    functions_ += fmt::format(
        "  (func ${0} (export \"{0}\") (param $input i32) (param $size i32) (result i64)\n    "
        "{1})\n",
        hook, instructions);
    return *this;
}

WatGuest& WatGuest::with(std::string_view fields) {
    first_ += fields;
    return *this;
}

WatGuest& WatGuest::defines(std::string_view fields) {
    functions_ += fields;
    return *this;
}

store::PluginConfig WatGuest::in(const TemporaryFolder& folder) const {
    // One input at a time: malloc always gives the same block, behind the answers.
    const std::string text = fmt::format(
        "(module\n{}\n  (memory (export \"memory\") 32)\n"
        "  (func (export \"malloc\") (param i32) (result i32) (i32.const 65536))\n{}{})\n",
        first_, functions_, data_);
    const std::filesystem::path file = folder.path() / (name_ + ".wat");
    std::ofstream(file) << text;
    return {.name = name_, .path = file};
}

}  // namespace sluice::tests
