#include "wasi_guest.hpp"

namespace sluice::wasm {
namespace {

/// tests/fixtures/files_cpp, built with wasi-libc: its functions give 0, or the line that failed.
Instance libc_guest(InstanceOptions options) {
    static const std::string code =
        tests::read_file(std::filesystem::path(SLUICE_PLUGINS_DIR) / "files_cpp.wasm");
    static const Module module = Module::compile(test_engine(), "files_cpp", as_bytes(code));
    Linker linker(test_engine());
    linker.define_wasi();
    return Instance(InstancePre(linker, module), std::move(options));
}

int line_of_failure(InstanceOptions options, std::string_view function) {
    Instance guest = libc_guest(std::move(options));
    call(guest, "_initialize");
    return call(guest, function).i32;
}

TEST(WasiLibc, ReadsAndWritesFiles) {
    const FolderWithOutside files;
    EXPECT_EQ(line_of_failure(files.options(), "content"), 0);
    EXPECT_EQ(files.text("a"), "hello World!");
}

TEST(WasiLibc, NamesAndLinksFiles) {
    const FolderWithOutside files;
    EXPECT_EQ(line_of_failure(files.options(), "names"), 0);
    EXPECT_TRUE(std::filesystem::is_empty(files.folder()));
}

TEST(WasiLibc, ListsAFolder) {
    const FolderWithOutside files;
    EXPECT_EQ(line_of_failure(files.options(), "listing"), 0);
}

TEST(WasiLibc, SeesItsEnvironmentAndInput) {
    EXPECT_EQ(line_of_failure({.environment = {"COLOUR=green"}, .input = "a line of input\n"},
                              "surroundings"),
              0);
}

TEST(WasiLibc, IsToldThatAFolderIsReadOnly) {
    const FolderWithOutside files;
    files.put("f", "text");
    EXPECT_EQ(line_of_failure(files.read_only(), "read_only"), 0);
}

}  // namespace
}  // namespace sluice::wasm
