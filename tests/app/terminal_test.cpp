#include "app/terminal.hpp"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

TEST(Table, AlignsColumnsWhateverIsPainted) {
    Table table;
    table.add({"a", "longest", "x"});
    table.add({"longer", "b", "y"});

    EXPECT_EQ(table.text(Paint(false), 1),
              "  a       longest  x\n"
              "  longer  b        y\n");
    EXPECT_EQ(table.text(Paint(true), 1),
              "  a       \033[36mlongest\033[0m  x\n"
              "  longer  \033[36mb\033[0m        y\n");
}

TEST(Text, NamesSizesForPeople) {
    EXPECT_EQ(bytes_text(0), "0 bytes");
    EXPECT_EQ(bytes_text(1023), "1023 bytes");
    EXPECT_EQ(bytes_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_text(3 << 20), "3.0 MiB");
    EXPECT_EQ(pages_text(1), "1 page (64.0 KiB)");
    EXPECT_EQ(pages_text(17), "17 pages (1.1 MiB)");
}

}  // namespace
}  // namespace sluice::app
