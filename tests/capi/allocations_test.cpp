#include "allocation_count.hpp"
#include "extism.hpp"
#include "guests.hpp"

namespace extism_tests {
namespace {

using sluice::tests::allocations_of;

TEST(CApiAllocations, AreNoneInACallAndItsOutput) {
    const Plugin plugin = plugin_of(guests::endings);
    const std::string input(64, 'x');
    const auto call = [&] {
        extism_plugin_call(plugin.get(), "first_byte", data_of(input), input.size());
        extism_plugin_output_data(plugin.get());
        extism_plugin_output_length(plugin.get());
        extism_plugin_error(plugin.get());
    };
    call();
    EXPECT_EQ(allocations_of(call), 0U);
    EXPECT_EQ(extism_plugin_output_length(plugin.get()), 1U);
}

TEST(CApiAllocations, AreCounted) {
    EXPECT_GT(allocations_of([] { plugin_of(guests::endings); }), 0U);
}

}  // namespace
}  // namespace extism_tests
