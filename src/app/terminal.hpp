#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// What a person reads on standard output: bold and colours where a terminal shows them.
///
/// Colour is off when standard output is no terminal or NO_COLOR is set.
/// Source: no-color.org.
class Paint {
  public:
    /// Of this process's standard output.
    static Paint of_standard_output();
    explicit constexpr Paint(bool colour) : colour_(colour) {}

    std::string heading(std::string_view text) const;
    std::string name(std::string_view text) const;
    std::string quiet(std::string_view text) const;
    std::string warning(std::string_view text) const;

  private:
    std::string wrap(std::string_view code, std::string_view text) const;
    bool colour_;
};

/// Rows of cells, each column as wide as its longest cell.
class Table {
  public:
    void add(std::vector<std::string> row);
    bool empty() const noexcept { return rows_.empty(); }
    /// Two spaces before each row and between columns; the column `painted` in Paint::name.
    std::string text(const Paint& paint, std::size_t painted) const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// "17 pages (1.1 MiB)", "512 bytes", "3.4 KiB".
std::string pages_text(std::uint64_t pages);
std::string bytes_text(std::uint64_t bytes);

}  // namespace sluice::app
