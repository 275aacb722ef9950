#include "plugin/compiled_code.hpp"

#include "base/ascii.hpp"
#include "base/replace_file.hpp"
#include "plugin/compiled_file.hpp"
#include "plugin/kernel.hpp"
#include "plugin/runtime_state.hpp"
#include "wasm/code_file.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <optional>
#include <string>

namespace sluice {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{2} << 30;
constexpr mode_t readable_by_all = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;

/// Code may hold what it knows of the kernel, so it runs with that one alone.
wasm::Digest kernel_digest() {
    return wasm::sha256({as_bytes(kernel_text())});
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
    throw Error(ErrorCode::invalid_input, fmt::format("{}: {}", file.string(), why));
}

void check_versions(const std::filesystem::path& file, const CompiledFile& read) {
    if (read.engine != engine_version())
        refuse(file, fmt::format("was compiled by {}, and this is {}; compile it again",
                                 read.engine, engine_version()));
    if (read.kernel != kernel_digest())
        refuse(file, "was compiled by another version of Sluice; compile it again");
}

void check_hash(const std::filesystem::path& file, const CompiledModule& main,
                std::string_view expected) {
    const std::string found = wasm::hex(main.wasm);
    if (expected.empty() || equal_ignoring_case(found, expected)) return;
    refuse(file,
           fmt::format("was compiled from WebAssembly with the hash {}, not {}", found, expected));
}

}  // namespace

void save_modules(const Runtime& runtime, const ModuleSet& modules,
                  const std::filesystem::path& file) {
    const wasm::Engine& engine = runtime.state().engine(modules.main.kind()).engine;
    // Parts first, as they are linked.
    std::vector<Bytes> images;
    images.reserve(modules.parts.size() + 1);
    CompiledFile content{
        .engine = engine_version(), .fingerprint = engine.fingerprint(), .kernel = kernel_digest()};
    for (const ModulePart& part : modules.parts) images.push_back(part.module.image());
    images.push_back(modules.main.image());
    for (std::size_t i = 0; i < modules.parts.size(); ++i)
        content.modules.push_back(
            {.name = modules.parts[i].name, .wasm = modules.parts[i].digest, .image = images[i]});
    content.modules.push_back({.name = modules.main.name(),
                               .wasm = modules.main_digest,
                               .merged_library = modules.main.merged_library(),
                               .image = images.back()});
    const Bytes bytes = write_compiled_file(content);
    if (const auto why = replace_file(file, {bytes}, {.mode = readable_by_all}))
        throw Error(ErrorCode::unavailable,
                    fmt::format("cannot write {}: {}", file.string(), *why));
}

ModuleSet load_modules(const Runtime& runtime, const std::filesystem::path& file,
                       const LoadOptions& rules) {
    const auto writers =
        rules.trust_any_writer ? wasm::CodeWriters::anyone : wasm::CodeWriters::trusted;
    const Bytes bytes = wasm::read_code_file(file, writers, max_file_bytes);
    const CompiledFile read = read_compiled_file(file.string(), bytes);
    check_versions(file, read);
    const CompiledModule& main = read.modules.back();
    check_hash(file, main, rules.wasm_hash);
    const wasm::Engine& engine =
        runtime.state().engine(wasm::Engine::kind_of(read.fingerprint)).engine;
    const auto module_of = [&](const CompiledModule& module) {
        return wasm::Module::from_image(engine, std::string(module.name), module.image,
                                        std::string(module.merged_library));
    };
    ModuleSet modules{.main = module_of(main), .main_digest = main.wasm};
    for (const CompiledModule& part : read.modules)
        if (&part != &main)
            modules.parts.push_back(
                {.name = std::string(part.name), .module = module_of(part), .digest = part.wasm});
    return modules;
}

}  // namespace sluice
