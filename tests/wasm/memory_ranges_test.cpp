#include "guests.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

namespace sluice::wasm {
namespace {

/// Memories of 1 and of 40 pages with a byte of data, which can be read, written and grown.
constexpr std::string_view guest_text = R"((module
  (memory (export "memory") {pages})
  (data (i32.const 8) "d")
  (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "fill") (memory.fill (i32.const 0) (i32.const 255)
    (i32.mul (memory.size) (i32.const 65536))))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))";

/// Instances of an engine of their own, so that nobody else's ranges are in its stock.
class MemoryRanges : public testing::Test {
  protected:
    Instance instance(std::string_view pages) const { return Instance(pre(pages), options()); }
    InstancePre pre(std::string_view pages) const {
        std::string text(guest_text);
        text.replace(text.find("{pages}"), 7, pages);
        return InstancePre(Linker(engine_), Module::compile(engine_, "guest", as_bytes(text)));
    }
    static InstanceOptions options() { return {.limits = {.memory_bytes = std::size_t{1} << 30}}; }
    static int read(Instance& instance, int at) { return call(instance, "read", {i32(at)}).i32; }

  private:
    Engine engine_{{.code = {.copies_data = true}}};
};

TEST_F(MemoryRanges, ComeBackWithoutWhatWasInThem) {
    const std::byte* before = nullptr;
    {
        Instance dirty = instance("1");
        before = dirty.memory().data();
        call(dirty, "fill");
        EXPECT_EQ(read(dirty, 65'535), 255);
    }
    Instance clean = instance("1");
    EXPECT_EQ(clean.memory().data(), before) << "the same addresses";
    EXPECT_EQ(read(clean, 8), 'd');
    clean.memory()[8] = std::byte{0};
    EXPECT_TRUE(std::ranges::all_of(clean.memory(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(MemoryRanges, EndWhereTheMemoryEnds) {
    {
        Instance large = instance("40");
        call(large, "fill");
    }
    Instance small = instance("1");
    EXPECT_EQ(small.memory().size(), 65'536U);
    EXPECT_ERROR(read(small, 65'536), ErrorCode::trap);

    Instance grown = instance("1");
    EXPECT_EQ(call(grown, "grow", {i32(20'000)}).i32, -1) << "beyond its limit";
    EXPECT_EQ(call(grown, "grow", {i32(2)}).i32, 1);
    EXPECT_EQ(read(grown, 8), 'd');
    EXPECT_EQ(read(grown, 3 * 65'536 - 1), 0);
    EXPECT_ERROR(read(grown, 3 * 65'536), ErrorCode::trap);
}

TEST_F(MemoryRanges, ServeManyAtOnceEachItsOwn) {
    const InstancePre small = pre("1");
    for (int round = 0; round < 2; ++round) {
        std::vector<std::unique_ptr<Instance>> all;
        std::set<const std::byte*> places;
        for (int i = 0; i < 100; ++i) {
            all.push_back(std::make_unique<Instance>(small, options()));
            places.insert(all.back()->memory().data());
            EXPECT_EQ(read(*all.back(), 0), 0);
            call(*all.back(), "fill");
        }
        EXPECT_EQ(places.size(), all.size());
    }
}

TEST_F(MemoryRanges, ServeThreads) {
    const InstancePre small = pre("1");
    const InstancePre large = pre("40");
    const auto work = [&] {
        for (int i = 0; i < 200; ++i) {
            Instance one(i % 3 == 0 ? large : small, options());
            ASSERT_EQ(read(one, 100), 0);
            call(one, "fill");
        }
    };
    std::thread other(work);
    work();
    other.join();
}

}  // namespace
}  // namespace sluice::wasm
