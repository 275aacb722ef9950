#include <sluice/plugin.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice;

/// The functions of a module, each as name and type; nothing when it is refused.
std::optional<std::vector<std::string>> functions_of(const Runtime& runtime, ByteView wasm,
                                                     bool fusion) {
    try {
        const CompiledPlugin compiled(runtime, Manifest::bytes(wasm, "guest"), {.fusion = fusion});
        std::vector<std::string> functions;
        for (const ExportedFunction& each : compiled.exported_functions())
            functions.push_back(each.name + to_string(each.type));
        return functions;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_input) std::abort();
        return std::nullopt;
    }
}

}  // namespace

/// Property: any bytes are compiled or refused as invalid input, and the same ones are refused, and
/// the same functions found, with the rewriting of modules (fusion) and without it.
/// Input: a binary module.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const Runtime runtime;
    const ByteView wasm(reinterpret_cast<const std::byte*>(data), size);
    if (functions_of(runtime, wasm, true) != functions_of(runtime, wasm, false)) std::abort();
    return 0;
}
