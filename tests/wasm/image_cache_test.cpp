#include "wasm/image_cache.hpp"

#include "guests.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sluice::wasm {
namespace {

namespace fs = std::filesystem;

/// A cache in a folder of its own, and the one file in it.
class ImageCacheTest : public testing::Test {
  protected:
    Module load(std::string_view guest = "endless_loop") {
        return ImageCache(folder_).load(test_engine(), "cached", as_bytes(tests::guest(guest)));
    }
    static std::int32_t answer(const Module& module) {
        Instance instance(InstancePre(Linker(test_engine()), module));
        return call(instance, "quick").i32;
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
        return found;
    }
    /// Changes with every file that is written anew.
    static ino_t identity(const fs::path& file) {
        struct stat status{};
        EXPECT_EQ(::stat(file.c_str(), &status), 0);
        return status.st_ino;
    }
    static void overwrite(const fs::path& file, const std::string& text) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    }

    tests::TemporaryFolder temporary_;
    fs::path folder_ = temporary_.path() / "below" / "images";
};

TEST_F(ImageCacheTest, KeepsAnImageAndUsesItTheNextTime) {
    EXPECT_EQ(answer(load()), 7);
    ASSERT_EQ(files().size(), 1U);
    const ino_t first = identity(files()[0]);

    const Module again = load();

    EXPECT_EQ(identity(files()[0]), first);
    EXPECT_EQ(again.name(), "cached");
    EXPECT_NE(again.exported_function("count"), nullptr);
    EXPECT_EQ(answer(again), 7);
}

TEST_F(ImageCacheTest, IsPrivateToItsUser) {
    load();
    const auto beyond_owner = fs::perms::group_all | fs::perms::others_all;
    EXPECT_EQ(fs::status(folder_).permissions() & beyond_owner, fs::perms::none);
    EXPECT_EQ(fs::status(files()[0]).permissions() & beyond_owner, fs::perms::none);
}

TEST_F(ImageCacheTest, RebuildsWhatWasChangedAtAnyPlace) {
    load();
    const fs::path file = files()[0];
    const std::string sound = tests::read_file(file);
    for (const std::size_t place :
         {std::size_t{0}, std::size_t{20}, std::size_t{41}, sound.size() / 2, sound.size() - 1}) {
        std::string damaged = sound;
        damaged[place] = static_cast<char>(damaged[place] ^ 1);
        overwrite(file, damaged);
        EXPECT_EQ(answer(load()), 7) << "byte " << place;
        EXPECT_EQ(tests::read_file(file).size(), sound.size());
        EXPECT_NE(tests::read_file(file), damaged);
    }
}

TEST_F(ImageCacheTest, RebuildsWhatWasCut) {
    load();
    const fs::path file = files()[0];
    const std::string sound = tests::read_file(file);
    for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{39}, std::size_t{40},
                                   sound.size() / 2, sound.size() - 1}) {
        overwrite(file, sound.substr(0, size));
        EXPECT_EQ(answer(load()), 7) << size << " bytes";
        EXPECT_EQ(tests::read_file(file).size(), sound.size());
    }
}

TEST_F(ImageCacheTest, BelievesNoImageOfAnotherModule) {
    load("endless_loop");
    const fs::path loop = files()[0];
    fs::rename(loop, temporary_.path() / "kept");
    load("missing_import");
    const fs::path other = files()[0];
    fs::rename(temporary_.path() / "kept", other);

    EXPECT_EQ(load("missing_import").imports().size(), 1U);
}

TEST_F(ImageCacheTest, BelievesNoFileThatOthersMayWrite) {
    load();
    const fs::path file = files()[0];
    fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
    const ino_t first = identity(file);
    EXPECT_EQ(answer(load()), 7);
    EXPECT_NE(identity(file), first);
    EXPECT_EQ(fs::status(file).permissions() & fs::perms::others_write, fs::perms::none);
}

TEST_F(ImageCacheTest, FollowsNoLink) {
    load();
    const fs::path file = files()[0];
    fs::rename(file, temporary_.path() / "elsewhere");
    fs::create_symlink(temporary_.path() / "elsewhere", file);
    EXPECT_EQ(answer(load()), 7);
    EXPECT_FALSE(fs::is_symlink(file));
}

TEST_F(ImageCacheTest, KeepsNothingInAFolderThatOthersMayWrite) {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::all);
    EXPECT_EQ(answer(load()), 7);
    EXPECT_TRUE(files().empty());
}

TEST_F(ImageCacheTest, KeepsNothingBehindALink) {
    fs::create_directories(temporary_.path() / "real");
    fs::create_directories(folder_.parent_path());
    fs::create_symlink(temporary_.path() / "real", folder_);
    EXPECT_EQ(answer(load()), 7);
    EXPECT_TRUE(files().empty());
}

TEST_F(ImageCacheTest, WorksWithoutAFolder) {
    overwrite(temporary_.path() / "below", "a file where a folder should be");
    EXPECT_EQ(answer(load()), 7);
    EXPECT_EQ(answer(ImageCache({}).load(test_engine(), "cached",
                                         as_bytes(tests::guest("endless_loop")))),
              7);
}

TEST_F(ImageCacheTest, KeepsImagesOfEnginesWithOtherSettingsApart) {
    load();
    const Engine other({.fiber_stack_bytes = 4 << 20, .source_lines = true});
    ImageCache(folder_).load(other, "cached", as_bytes(tests::guest("endless_loop")));
    EXPECT_EQ(files().size(), other.fingerprint() == test_engine().fingerprint() ? 1U : 2U);
}

TEST_F(ImageCacheTest, StoresNothingForAModuleThatIsRefused) {
    EXPECT_ERROR(ImageCache(folder_).load(test_engine(), "broken", as_bytes("(module (oops))")),
                 ErrorCode::invalid_input);
    EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace sluice::wasm
