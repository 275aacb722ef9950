#include "wasm/recent_modules.hpp"
#include "guests.hpp"
#include "wasm/engine.hpp"

#include <gtest/gtest.h>

namespace sluice::wasm {
namespace {

ModuleOrigin origin(std::string name) {
    return {
        .engine = test_engine().raw(), .wasm = sha256({as_bytes("a")}), .name = std::move(name)};
}

Module compiled() {
    return Module::compile(test_engine(), "guest", as_bytes("(module)"));
}

TEST(RecentModules, FindTheModuleThatSomebodyHas) {
    RecentModules modules({.modules = 0});
    const Module module = compiled();
    modules.add(origin("guest"), module, 8);

    const auto found = modules.find(origin("guest"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->raw(), module.raw());
}

TEST(RecentModules, KeepNoModuleAliveBeyondTheirBounds) {
    RecentModules none({.modules = 0});
    none.add(origin("guest"), compiled(), 8);
    EXPECT_FALSE(none.find(origin("guest")));

    RecentModules few_bytes({.wasm_bytes = 10});
    few_bytes.add(origin("first"), compiled(), 6);
    few_bytes.add(origin("second"), compiled(), 6);
    EXPECT_FALSE(few_bytes.find(origin("first")));
    EXPECT_TRUE(few_bytes.find(origin("second")));
    few_bytes.add(origin("large"), compiled(), 11);
    EXPECT_FALSE(few_bytes.find(origin("large")));
}

TEST(RecentModules, KeepTheOnesThatWereUsedLast) {
    RecentModules modules({.modules = 2});
    modules.add(origin("a"), compiled(), 8);
    modules.add(origin("b"), compiled(), 8);
    EXPECT_TRUE(modules.find(origin("a")));
    modules.add(origin("c"), compiled(), 8);

    EXPECT_TRUE(modules.find(origin("a")));
    EXPECT_FALSE(modules.find(origin("b")));
    EXPECT_TRUE(modules.find(origin("c")));
}

TEST(RecentModules, ServeNoOtherOrigin) {
    RecentModules modules;
    modules.add(origin("guest"), compiled(), 8);

    const Engine other;
    ModuleOrigin elsewhere = origin("guest");
    elsewhere.engine = other.raw();
    ModuleOrigin with_library = origin("guest");
    with_library.library_id = "kernel";
    ModuleOrigin of_other_bytes = origin("guest");
    of_other_bytes.wasm = sha256({as_bytes("b")});
    for (const ModuleOrigin& each : {elsewhere, with_library, of_other_bytes, origin("other")})
        EXPECT_FALSE(modules.find(each));
}

TEST(RecentModules, FindLivingOnesAmongManyThatAreGone) {
    RecentModules modules({.modules = 1});
    const Module living = compiled();
    modules.add(origin("living"), living, 8);
    for (int i = 0; i < 500; ++i) modules.add(origin(std::to_string(i)), compiled(), 8);
    EXPECT_TRUE(modules.find(origin("living")));
    EXPECT_FALSE(modules.find(origin("7")));
}

}  // namespace
}  // namespace sluice::wasm
