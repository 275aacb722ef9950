#pragma once

#include <sluice/bytes.hpp>

#include <functional>
#include <optional>
#include <string_view>

namespace sluice::wasm {

/// Module and name of an import.
struct ImportName {
    std::string_view module{};
    std::string_view name{};
};

/// Another name for an import; nothing where it keeps its own.
using RenameImport = std::function<std::optional<ImportName>(const ImportName& import)>;

/// The binary module `wasm` with other names for some of its imports, its code and debug
/// information as they were. Nothing when it has none of those, or is no module.
std::optional<Bytes> rename_imports(ByteView wasm, const RenameImport& rename);

}  // namespace sluice::wasm
