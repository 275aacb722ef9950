#include "wasm/module.hpp"

#include "guests.hpp"

#include <algorithm>

namespace sluice::wasm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Extern& export_of(const Module& module, std::string_view name) {
    return *std::ranges::find(module.exports(), name, &Extern::name);
}

TEST(Module, TakesTheTextFormAndTheBinaryForm) {
    constexpr std::string_view empty_module("\0asm\1\0\0\0", 8);
    EXPECT_EQ(Module::compile(test_engine(), "text", as_bytes("(module)")).exports().size(), 0U);
    EXPECT_EQ(Module::compile(test_engine(), "bytes", as_bytes(empty_module)).name(), "bytes");
}

TEST(Module, RefusesWhatIsNoModuleWithItsNameAndTheReason) {
    const auto refused = [](std::string_view wasm) {
        Module::compile(test_engine(), "broken", as_bytes(wasm));
    };
    EXPECT_ERROR_SAYING(refused(""), ErrorCode::invalid_input, HasSubstr("plug-in broken"));
    EXPECT_ERROR_SAYING(refused("hello"), ErrorCode::invalid_input,
                        HasSubstr("neither a WebAssembly module nor its text"));
    EXPECT_ERROR_SAYING(refused(std::string_view("\0asm\1\0\0\0\7\1", 10)),
                        ErrorCode::invalid_input,
                        AllOf(HasSubstr("plug-in broken"), HasSubstr("not a valid module")));
    EXPECT_ERROR_SAYING(refused("(module (func (result i32)))"), ErrorCode::invalid_input,
                        HasSubstr("type mismatch"));
}

TEST(Module, RefusesWhatTheEngineLeavesOut) {
    const auto refused = [](std::string_view wasm) {
        Module::compile(test_engine(), "broken", as_bytes(wasm));
    };
    EXPECT_ERROR(refused("(module (memory 1 1 shared))"), ErrorCode::invalid_input);
    EXPECT_ERROR(refused("(module (memory i64 1))"), ErrorCode::invalid_input);
}

TEST(Module, ListsExportsWithTheirTypes) {
    const Module module = compiled("odd_types");
    EXPECT_EQ(to_string(*module.exported_function("vector")), "(v128) -> v128");
    EXPECT_EQ(to_string(*module.exported_function("reference")), "(ref) -> ref");
    EXPECT_EQ(to_string(*module.exported_function("pair")), "(i64, f32) -> (f64, i32)");
    EXPECT_EQ(module.exported_function("memory"), nullptr);
    EXPECT_TRUE(module.has_memory());
    EXPECT_EQ(export_of(module, "memory").kind, ExternKind::memory);
    EXPECT_EQ(export_of(module, "memory").memory->minimum_pages, 1U);
    EXPECT_EQ(export_of(module, "memory").memory->maximum_pages, 3U);
    EXPECT_EQ(export_of(module, "table").kind, ExternKind::table);
    EXPECT_EQ(export_of(module, "global").kind, ExternKind::global);
    EXPECT_EQ(export_of(module, "tag").kind, ExternKind::tag);
}

TEST(Module, ListsImportsWithTheirTypes) {
    const Module module = compiled("missing_import");
    ASSERT_EQ(module.imports().size(), 1U);
    EXPECT_EQ(module.imports()[0].module, "env");
    EXPECT_EQ(module.imports()[0].name, "launch_missiles");
    EXPECT_EQ(to_string(*module.imports()[0].function), "(i32)");
}

TEST(Module, RequiresAnExportOfOneOfSomeTypes) {
    const Module module = compiled("odd_types");
    const FunctionType pair{{ValueType::i64, ValueType::f32}, {ValueType::f64, ValueType::i32}};
    const FunctionType empty{};

    EXPECT_EQ(module.require("pair", std::array{empty, pair}), pair);
    EXPECT_ERROR_SAYING(
        module.require("pair", std::array{empty, FunctionType{{}, {ValueType::i64}}}),
        ErrorCode::invalid_input,
        HasSubstr("`pair` has the type (i64, f32) -> (f64, i32), not () or () -> "
                  "i64"));
    EXPECT_ERROR_SAYING(module.require("triple", std::array{empty}), ErrorCode::missing_export,
                        HasSubstr("no function `triple` is exported"));
}

TEST(Module, OutlivesTheEngineThatMadeIt) {
    auto engine = std::make_unique<Engine>();
    const Module module =
        Module::compile(*engine, "text", as_bytes("(module (memory (export \"memory\") 1))"));
    const Linker linker(*engine);
    engine.reset();

    EXPECT_EQ(Instance(InstancePre(linker, module)).memory().size(), 65'536U);
}

}  // namespace
}  // namespace sluice::wasm
