#pragma once

#include <sluice/current_plugin.hpp>
#include <sluice/values.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

/// A function of the host that guests can import.
///
/// Lifetime: the plug-ins that were given it keep it, and whatever its callable owns.
struct HostFunction {
    std::string name{};
    FunctionType type{};  ///< no v128, no references
    /// Gets the arguments in `values` and writes the results over them; as long as the longer of
    /// the two. Threads: those that run the plug-ins, at the same time. Errors: what it throws ends
    /// the guest's call, with the exception's text in the call's error.
    std::function<void(CurrentPlugin& plugin, std::span<Value> values)> function{};
    std::string module = "extism:host/user";  ///< the import's module, called namespace by Extism
};

/// How a C++ type crosses the border: numbers as they are, bytes and texts as handles of blocks.
template <class T>
struct HostType;

template <>
struct HostType<std::int32_t> {
    static constexpr ValueType type = ValueType::i32;
    static std::int32_t read(CurrentPlugin&, const Value& value) { return value.i32; }
    static void write(CurrentPlugin&, Value& value, std::int32_t number) { value.i32 = number; }
};

template <>
struct HostType<std::uint32_t> {
    static constexpr ValueType type = ValueType::i32;
    static std::uint32_t read(CurrentPlugin&, const Value& value) {
        return static_cast<std::uint32_t>(value.i32);
    }
    static void write(CurrentPlugin&, Value& value, std::uint32_t number) {
        value.i32 = static_cast<std::int32_t>(number);
    }
};

template <>
struct HostType<std::int64_t> {
    static constexpr ValueType type = ValueType::i64;
    static std::int64_t read(CurrentPlugin&, const Value& value) { return value.i64; }
    static void write(CurrentPlugin&, Value& value, std::int64_t number) { value.i64 = number; }
};

template <>
struct HostType<std::uint64_t> {
    static constexpr ValueType type = ValueType::i64;
    static std::uint64_t read(CurrentPlugin&, const Value& value) {
        return static_cast<std::uint64_t>(value.i64);
    }
    static void write(CurrentPlugin&, Value& value, std::uint64_t number) {
        value.i64 = static_cast<std::int64_t>(number);
    }
};

template <>
struct HostType<float> {
    static constexpr ValueType type = ValueType::f32;
    static float read(CurrentPlugin&, const Value& value) { return value.f32; }
    static void write(CurrentPlugin&, Value& value, float number) { value.f32 = number; }
};

template <>
struct HostType<double> {
    static constexpr ValueType type = ValueType::f64;
    static double read(CurrentPlugin&, const Value& value) { return value.f64; }
    static void write(CurrentPlugin&, Value& value, double number) { value.f64 = number; }
};

template <>
struct HostType<ByteView> {
    static constexpr ValueType type = ValueType::i64;
    static ByteView read(CurrentPlugin& plugin, const Value& value) {
        return plugin.bytes(static_cast<MemoryHandle>(value.i64));
    }
    static void write(CurrentPlugin& plugin, Value& value, ByteView bytes) {
        value.i64 = static_cast<std::int64_t>(plugin.write(bytes));
    }
};

template <>
struct HostType<std::string_view> {
    static constexpr ValueType type = ValueType::i64;
    static std::string_view read(CurrentPlugin& plugin, const Value& value) {
        return as_text(HostType<ByteView>::read(plugin, value));
    }
    static void write(CurrentPlugin& plugin, Value& value, std::string_view text) {
        HostType<ByteView>::write(plugin, value, as_bytes(text));
    }
};

template <>
struct HostType<std::string> : HostType<std::string_view> {
    static std::string read(CurrentPlugin& plugin, const Value& value) {
        return std::string(HostType<std::string_view>::read(plugin, value));
    }
};

template <>
struct HostType<Bytes> : HostType<ByteView> {
    static Bytes read(CurrentPlugin& plugin, const Value& value) {
        const ByteView bytes = HostType<ByteView>::read(plugin, value);
        return {bytes.begin(), bytes.end()};
    }
};

/// Nothing is the handle 0, which guests read as "absent".
template <class T>
    requires(HostType<T>::type == ValueType::i64 && !std::integral<T>)
struct HostType<std::optional<T>> {
    static constexpr ValueType type = ValueType::i64;
    static std::optional<T> read(CurrentPlugin& plugin, const Value& value) {
        if (value.i64 == 0) return std::nullopt;
        return HostType<T>::read(plugin, value);
    }
    static void write(CurrentPlugin& plugin, Value& value, const std::optional<T>& found) {
        value.i64 = 0;
        if (found) HostType<T>::write(plugin, value, *found);
    }
};

namespace host_function_detail {

template <class Result, class... Arguments>
struct Shape {
    static FunctionType type() {
        FunctionType read{.parameters = {HostType<std::remove_cvref_t<Arguments>>::type...}};
        if constexpr (!std::is_void_v<Result>)
            read.results = {HostType<std::remove_cvref_t<Result>>::type};
        return read;
    }

    template <class Callable, std::size_t... I>
    static void call(Callable& callable, CurrentPlugin& plugin, std::span<Value> values,
                     std::index_sequence<I...>) {
        const auto run = [&]() -> decltype(auto) {
            if constexpr (std::is_invocable_v<Callable&, CurrentPlugin&, Arguments...>)
                return std::invoke(
                    callable, plugin,
                    HostType<std::remove_cvref_t<Arguments>>::read(plugin, values[I])...);
            else
                return std::invoke(
                    callable, HostType<std::remove_cvref_t<Arguments>>::read(plugin, values[I])...);
        };
        if constexpr (std::is_void_v<Result>)
            run();
        else
            HostType<std::remove_cvref_t<Result>>::write(plugin, values[0], run());
    }

    template <class Callable>
    static HostFunction make(std::string name, Callable callable, std::string module) {
        return {.name = std::move(name),
                .type = type(),
                .function =
                    [callable = std::move(callable)](CurrentPlugin& plugin,
                                                     std::span<Value> values) mutable {
                        call(callable, plugin, values, std::index_sequence_for<Arguments...>());
                    },
                .module = std::move(module)};
    }
};

template <class Signature>
struct ShapeOf;
template <class R, class... A>
struct ShapeOf<R(A...)> : Shape<R, A...> {};
template <class R, class... A>
struct ShapeOf<R(CurrentPlugin&, A...)> : Shape<R, A...> {};
template <class R, class... A>
struct ShapeOf<R (*)(A...)> : ShapeOf<R(A...)> {};
template <class R, class C, class... A>
struct ShapeOf<R (C::*)(A...)> : ShapeOf<R(A...)> {};
template <class R, class C, class... A>
struct ShapeOf<R (C::*)(A...) const> : ShapeOf<R(A...)> {};
template <class R, class C, class... A>
struct ShapeOf<R (C::*)(A...) noexcept> : ShapeOf<R(A...)> {};
template <class R, class C, class... A>
struct ShapeOf<R (C::*)(A...) const noexcept> : ShapeOf<R(A...)> {};

template <class Callable>
struct SignatureOf {
    using type = decltype(&Callable::operator());
};
template <class R, class... A>
struct SignatureOf<R (*)(A...)> {
    using type = R (*)(A...);
};

}  // namespace host_function_detail

/// A host function whose type is that of a C++ callable: of numbers, `std::string_view`,
/// `ByteView`, `std::string` and `Bytes`, and of optionals of the last four. The callable may take
/// a `CurrentPlugin&` first.
///
///     host_function("greet", [](std::string_view name) { return "Hello, " + std::string(name); })
///
/// Lifetime: views that it is called with are valid until it returns or makes a block.
template <class Callable>
HostFunction host_function(std::string name, Callable callable,
                           std::string module = "extism:host/user") {
    using Signature = typename host_function_detail::SignatureOf<Callable>::type;
    return host_function_detail::ShapeOf<Signature>::make(std::move(name), std::move(callable),
                                                          std::move(module));
}

}  // namespace sluice
