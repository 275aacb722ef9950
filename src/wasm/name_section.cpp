#include "wasm/name_section.hpp"

#include "wasm/handles.hpp"
#include "wasm/merged_library.hpp"

namespace sluice::wasm {

std::vector<std::pair<std::uint32_t, std::string>> function_names(std::string_view name,
                                                                  ByteView wasm) {
    using Names = std::vector<std::pair<std::uint32_t, std::string>>;
    const Bytes binary = to_binary(name, wasm);
    const sluice_bytes_t lent{reinterpret_cast<const std::uint8_t*>(binary.data()), binary.size()};
    Names names;
    sluice_function_names(
        &lent,
        [](void* env, std::uint32_t function, const std::uint8_t* text, std::size_t length) {
            static_cast<Names*>(env)->emplace_back(
                function, std::string(reinterpret_cast<const char*>(text), length));
        },
        &names);
    return names;
}

}  // namespace sluice::wasm
