#include "hooks/counter_arena.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_instance.hpp"

namespace sluice::hooks {
namespace {

using tests::call_hook;

std::string text_of(std::size_t size, unsigned seed) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i + seed) % 26);
    return text;
}

TEST(CounterArena, TellsACounterFromAnAllocator) {
    std::uint32_t counter = 16;
    const auto malloc = [&counter](std::uint32_t size) {
        const std::uint32_t block = counter;
        counter += size;
        return block;
    };
    EXPECT_TRUE(CounterArena::is_counter(0, 8, malloc));
    EXPECT_FALSE(CounterArena::is_counter(0, 16, malloc));
    EXPECT_FALSE(CounterArena::is_counter(4096, 4104, malloc));
    EXPECT_FALSE(CounterArena::is_counter(0, 8, [](std::uint32_t) { return 0U; }));
}

TEST(CounterArena, LeavesSoundAllocatorsAlone) {
    tests::HookHost host;
    for (const auto* guest : {"hook_echo", "hook_leaky", "hook_arena"})
        EXPECT_EQ(host.load_guest(guest)->state().allocator, Allocator::sound) << guest;
    EXPECT_EQ(host.load_guest("hook_counter")->state().allocator, Allocator::counter);
}

TEST(CounterArena, MakesACountingGuestWorkAtAnySize) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_counter", {.call_timeout = std::chrono::seconds(30)}));
    for (const std::size_t size :
         {2UL, 100UL, 3'000UL, 100'000UL, 1'000'000UL, 20'000'000UL, 50UL}) {
        const std::string input = text_of(size, 1);
        EXPECT_TRUE(call_hook(pool, Phase::pre, input) == input) << size;
    }
}

TEST(CounterArena, MakesACountingGuestWorkForAMillionCalls) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_counter"));
    const std::string even = text_of(300, 0);
    const std::string odd = text_of(311, 1);
    std::uint64_t right = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const std::string& input = i % 2 == 0 ? even : odd;
        right += call_hook(pool, Phase::pre, input) == input ? 1 : 0;
    }
    EXPECT_EQ(right, 1'000'000U);
    EXPECT_GT(pool.made(), 100U) << "its heap never frees: instances have to be replaced";
}

TEST(CounterArena, KeepsTheGuestsOwnLimit) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_counter", {.memory_bytes = 128 << 10}));
    EXPECT_EQ(call_hook(pool, Phase::pre, "{}"), "{}");
}

}  // namespace
}  // namespace sluice::hooks
