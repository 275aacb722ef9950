#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

enum class ValueType : std::uint8_t { i32, i64, f32, f64, v128, reference };

/// A raw WebAssembly value; its type is known from a signature.
union Value {
    std::int32_t i32;
    std::int64_t i64;
    float f32;
    double f64;
    std::byte v128[16];
};

struct FunctionType {
    std::vector<ValueType> parameters{};
    std::vector<ValueType> results{};
    bool operator==(const FunctionType&) const = default;
};

/// "(i32, i32) -> i64".
std::string to_string(const FunctionType& type);

}  // namespace sluice
