#include "base/base64.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct Pair {
    char first;
    char second;
};

/// Two characters for each 12 bits: bodies of a megabyte pass here, so a step does half a group.
constexpr std::array<Pair, 4096> make_pairs() {
    std::array<Pair, 4096> pairs{};
    for (std::size_t bits = 0; bits < pairs.size(); ++bits)
        pairs[bits] = {alphabet[bits >> 6], alphabet[bits & 63]};
    return pairs;
}

constexpr std::uint32_t bad = 0xFF000000;

/// The value of a character, already shifted to its place in a group of four; `bad` is out of reach
/// of the 24 bits that four good characters can set.
constexpr std::array<std::uint32_t, 256> make_values(unsigned shift) {
    std::array<std::uint32_t, 256> values{};
    for (auto& value : values) value = bad;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint32_t>(i) << shift;
    return values;
}

constexpr auto pairs = make_pairs();
constexpr auto first = make_values(18);
constexpr auto second = make_values(12);
constexpr auto third = make_values(6);
constexpr auto fourth = make_values(0);

std::uint32_t byte(const char* at) {
    return static_cast<unsigned char>(*at);
}

/// The first six of eight bytes, the first one the highest.
std::uint64_t six_bytes(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    return word >> 16;
}

char* put(char* to, Pair pair) {
    std::memcpy(to, &pair, sizeof pair);
    return to + sizeof pair;
}

/// The one or two bytes that two or three characters at the end stand for.
bool decode_tail(std::string_view tail, std::string& out, std::size_t written) {
    if (tail.empty()) {
        out.resize(written);
        return true;
    }
    if (tail.size() == 1) return false;
    std::uint32_t group = first[byte(tail.data())] | second[byte(tail.data() + 1)];
    if (tail.size() == 3) group |= third[byte(tail.data() + 2)];
    if ((group & bad) != 0) return false;
    out.resize(written);
    out.push_back(static_cast<char>(group >> 16));
    if (tail.size() == 3) out.push_back(static_cast<char>(group >> 8));
    return true;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    const std::size_t before = out.size();
    out.resize(before + base64_size(bytes.size()));
    char* to = out.data() + before;
    const char* from = bytes.data();
    std::size_t left = bytes.size();
    // Two groups a step, as long as eight bytes may be read for their six.
    for (; left >= 8; left -= 6, from += 6) {
        const std::uint64_t groups = six_bytes(from);
        to = put(put(to, pairs[groups >> 36]), pairs[groups >> 24 & 0xFFF]);
        to = put(put(to, pairs[groups >> 12 & 0xFFF]), pairs[groups & 0xFFF]);
    }
    for (; left >= 3; left -= 3, from += 3) {
        const std::uint32_t group = byte(from) << 16 | byte(from + 1) << 8 | byte(from + 2);
        to = put(put(to, pairs[group >> 12]), pairs[group & 0xFFF]);
    }
    if (left == 0) return;
    const std::uint32_t group = byte(from) << 16 | (left == 2 ? byte(from + 1) << 8 : 0);
    to = put(to, pairs[group >> 12]);
    to[0] = left == 2 ? pairs[group & 0xFFF].first : '=';
    to[1] = '=';
}

bool decode_base64(std::string_view text, std::string& out) {
    if (text.ends_with('=')) {
        if (text.size() % 4 != 0) return false;
        text.remove_suffix(text.ends_with("==") ? 2 : 1);
    }
    const std::size_t groups = text.size() / 4;
    out.resize(groups * 3);
    char* to = out.data();
    const char* from = text.data();
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < groups; ++i, from += 4, to += 3) {
        const std::uint32_t group = first[byte(from)] | second[byte(from + 1)] |
                                    third[byte(from + 2)] | fourth[byte(from + 3)];
        seen |= group;
        to[0] = static_cast<char>(group >> 16);
        to[1] = static_cast<char>(group >> 8);
        to[2] = static_cast<char>(group);
    }
    if ((seen & bad) != 0) return false;
    return decode_tail(text.substr(groups * 4), out, groups * 3);
}

}  // namespace sluice
