#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "files.hpp"
#include "plugins.hpp"

#include <fstream>

namespace sluice {
namespace {

using testing::HasSubstr;

/// `open` opens `file` in the first folder with the rights to read and write; returns WASI's errno.
constexpr std::string_view opener = R"((module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "file")
  (func (export "read") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
  (func (export "write") (result i32)
    (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))))";

class AllowedPaths : public testing::Test {
  protected:
    AllowedPaths() { std::ofstream(folder_.path() / "file") << "content"; }

    Plugin plugin(const std::string& host) const {
        Manifest manifest = Manifest::bytes(as_bytes(opener), "opener");
        if (!host.empty()) manifest.allowed_paths[host] = "/data";
        return Plugin(manifest);
    }

    tests::TemporaryFolder folder_;
};

TEST_F(AllowedPaths, AreFoundByTheGuest) {
    Plugin allowed = plugin(folder_.path().string());
    EXPECT_NO_THROW(allowed.call("read"));
    EXPECT_NO_THROW(allowed.call("write"));
}

TEST_F(AllowedPaths, MayBeForReadingOnly) {
    Plugin allowed = plugin("ro:" + folder_.path().string());
    EXPECT_NO_THROW(allowed.call("read"));
    EXPECT_ERROR_SAYING(allowed.call("write"), ErrorCode::guest_error, HasSubstr("returned 63"));
}

TEST_F(AllowedPaths, AreNoneUnlessTheManifestNamesThem) {
    Plugin denied = plugin("");
    EXPECT_ERROR_SAYING(denied.call("read"), ErrorCode::guest_error, HasSubstr("returned 8"));
}

TEST_F(AllowedPaths, AreNotLookedAtWithoutWasi) {
    Manifest manifest = Manifest::bytes(as_bytes("(module)"), "guest");
    manifest.allowed_paths["/nowhere"] = "/data";
    EXPECT_NO_THROW(Plugin(manifest, {.wasi = false}));
}

TEST_F(AllowedPaths, AreNamedWhenTheyAreNoFolders) {
    EXPECT_ERROR_SAYING(plugin("/nowhere"), ErrorCode::unavailable, HasSubstr("/nowhere"));
    EXPECT_ERROR_SAYING(plugin((folder_.path() / "file").string()), ErrorCode::unavailable,
                        HasSubstr("file"));
}

}  // namespace
}  // namespace sluice
