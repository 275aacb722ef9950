#include "gateway.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Plug-ins with folders. The guest opens a file for reading, or makes one, and refuses the request
/// with WASI's errno as the status: 300 is 0.
class FilesOfPlugIns : public testing::Test {
  protected:
    FilesOfPlugIns() {
        std::filesystem::create_directory(shared);
        std::ofstream(shared / "words") << "swordfish";
        std::ofstream(folder.path() / "secret") << "secret";
        std::filesystem::create_symlink("../secret", shared / "link");
        std::filesystem::create_symlink("words", shared / "inside");
    }

    enum class Want { read, make };
    store::PluginConfig opening(std::string_view path, Want want) const {
        constexpr std::string_view answer =
            R"({"has_response":true,"error":"","response":{"status_code":3xx}})";
        const std::string hook =
            fmt::format(R"((local $errno i32)
    (local.set $errno (call $open (i32.const 3) (i32.const 1) (i32.const 32768) (i32.const {}) (i32.const {})
                                  (i64.const {}) (i64.const 0) (i32.const 0) (i32.const 33000)))
    (i32.store8 (i32.const {}) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
    (i32.store8 (i32.const {}) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
    (i64.const {}))",
                        path.size(), want == Want::make ? 1 : 0, want == Want::make ? 64 : 2,
                        32900 + answer.find("xx"), 32901 + answer.find("xx"),
                        std::uint64_t{32900} << 32 | answer.size());
        std::string escaped;
        for (const char c : answer)
            escaped += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
        return WatGuest("reader")
            .with(R"((import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))))")
            .with(fmt::format("(data (i32.const 32768) \"{}\") (data (i32.const 32900) \"{}\")",
                              path, escaped))
            .runs("http_pre_hook", hook)
            .in(folder);
    }
    Gateway with(store::PluginConfig plugin) const {
        store::Config config = config_before(upstream);
        config.plugins.push_back(std::move(plugin));
        return Gateway(std::move(config));
    }
    /// WASI's errno.
    int errno_of(std::string_view path, Want want, bool read_only) const {
        store::PluginConfig plugin = opening(path, want);
        plugin.allowed_paths = {{.host = shared, .guest = "/data", .read_only = read_only}};
        return with(std::move(plugin)).chat(hello).status - 300;
    }

    static constexpr int ok = 0;
    static constexpr int no_such_descriptor = 8;
    static constexpr int not_permitted = 63;

    TemporaryFolder folder;
    std::filesystem::path shared = folder.path() / "shared";
    Upstream upstream;
};

TEST_F(FilesOfPlugIns, AreThoseOfTheirFoldersAlone) {
    for (const bool read_only : {false, true}) {
        EXPECT_EQ(errno_of("words", Want::read, read_only), ok);
        EXPECT_EQ(errno_of("inside", Want::read, read_only), ok);
        EXPECT_EQ(errno_of("../secret", Want::read, read_only), not_permitted);
        EXPECT_EQ(errno_of("link", Want::read, read_only), not_permitted);
        EXPECT_EQ(errno_of("/etc/passwd", Want::read, read_only), not_permitted);
    }
}

TEST_F(FilesOfPlugIns, AreMadeInFoldersThatAreNotReadOnly) {
    EXPECT_EQ(errno_of("new", Want::make, true), not_permitted);
    EXPECT_FALSE(std::filesystem::exists(shared / "new"));
    EXPECT_EQ(errno_of("../new", Want::make, false), not_permitted);
    EXPECT_EQ(errno_of("new", Want::make, false), ok);
    EXPECT_TRUE(std::filesystem::exists(shared / "new"));
}

TEST_F(FilesOfPlugIns, AreNoneByDefault) {
    EXPECT_EQ(with(opening("words", Want::read)).chat(hello).status - 300, no_such_descriptor);
}

TEST_F(FilesOfPlugIns, AreShownWithTheirFolders) {
    store::PluginConfig plugin = opening("words", Want::read);
    plugin.allowed_paths = {{.host = shared, .guest = "/data", .read_only = true}};
    const Gateway gateway = with(std::move(plugin));
    EXPECT_THAT(gateway.get("/api/plugins").body,
                HasSubstr(fmt::format(R"("allowed_paths":{{"ro:{}":"/data"}})", shared.string())));
}

TEST_F(FilesOfPlugIns, KeepThePlugInOutWhenAFolderIsNotThere) {
    store::PluginConfig plugin = opening("words", Want::read);
    plugin.allowed_paths = {{.host = "/nowhere", .guest = "/data"}};
    const Gateway gateway = with(std::move(plugin));
    EXPECT_THAT(gateway.plugin_report("reader"),
                AllOf(HasSubstr(R"("status":"error")"),
                      HasSubstr("plug-in reader: allowed_paths: /nowhere is no folder; make it, or "
                                "leave it out")));
}

TEST_F(FilesOfPlugIns, AreNotChangedByAShadow) {
    store::PluginConfig shown = WatGuest("shown").answers("http_pre_hook", "{}").in(folder);
    shown.allowed_paths = {{.host = shared, .guest = "/data"}};
    shown.shadow = {.version = {.path = opening("new", Want::make).path}};
    const Gateway gateway = with(std::move(shown));
    EXPECT_EQ(gateway.chat(hello).status, 200);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    constexpr std::string_view compared = R"("http_pre_hook":{"same":0,"different":1,"failed":0)";
    std::string report;
    do report = gateway.plugin_report("shown");
    while (report.find(compared) == std::string::npos &&
           std::chrono::steady_clock::now() < give_up);
    EXPECT_THAT(report, HasSubstr(compared));
    EXPECT_FALSE(std::filesystem::exists(shared / "new"));
}

}  // namespace
}  // namespace sluice::tests
