#include "capi/function.hpp"

#include "base/json_text.hpp"
#include "capi/current_plugin.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::capi {
namespace {

// The four that can cross the border, by their numbers in C.
constexpr std::array number_types{ValueType::i32, ValueType::i64, ValueType::f32, ValueType::f64};

/// A type as C wrote it. Not read as the enum: whatever C wrote may be no number of it.
std::uint32_t number_of(const ExtismValType& type) {
    std::uint32_t number = 0;
    static_assert(sizeof(number) == sizeof(type));
    std::memcpy(&number, &type, sizeof(number));
    return number;
}

std::vector<ValueType> read_types(std::span<const ExtismValType> types, std::string& fault) {
    std::vector<ValueType> read;
    for (const ExtismValType& type : types) {
        const std::uint32_t number = number_of(type);
        if (number < number_types.size())
            read.push_back(number_types[number]);
        else
            fault = fmt::format(
                "it has a value of type {}; those that can cross the border are 0 (I32) to 3 (F64)",
                number);
    }
    return read;
}

std::vector<ExtismVal> zeros(std::span<const ValueType> types) {
    std::vector<ExtismVal> values(types.size());
    for (std::size_t i = 0; i < types.size(); ++i)
        values[i] = {.t = static_cast<ExtismValType>(types[i]), .v = {.i64 = 0}};
    return values;
}

/// A function of C with what belongs to it.
struct Callback {
    FunctionType type;
    ExtismFunctionType function;
    std::shared_ptr<void> user_data;

    void operator()(CurrentPlugin& plugin, std::span<Value> values) const {
        std::vector<ExtismVal> inputs = zeros(type.parameters);
        std::vector<ExtismVal> outputs = zeros(type.results);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            std::memcpy(&inputs[i].v, &values[i], sizeof(inputs[i].v));
        ExtismCurrentPlugin current{plugin};
        function(&current, inputs.empty() ? nullptr : inputs.data(), inputs.size(),
                 outputs.empty() ? nullptr : outputs.data(), outputs.size(), user_data.get());
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const std::uint32_t written = number_of(outputs[i].t);
            if (written >= number_types.size() || number_types[written] != type.results[i])
                throw Error(ErrorCode::invalid_input,
                            fmt::format("gave result {} as type {}, but its signature is {}", i,
                                        written, to_string(type)));
            std::memcpy(&values[i], &outputs[i].v, sizeof(outputs[i].v));
        }
    }
};

static_assert(static_cast<int>(ValueType::f64) == ExtismValType_F64);

std::span<const ExtismValType> types_of(const ExtismValType* types, ExtismSize count) {
    return {types, types == nullptr ? 0 : static_cast<std::size_t>(count)};
}

std::unique_ptr<ExtismFunction> make_function(std::string_view name,
                                              std::span<const ExtismValType> inputs,
                                              std::span<const ExtismValType> outputs,
                                              ExtismFunctionType function) {
    auto made = std::make_unique<ExtismFunction>();
    made->function = HostFunction{.name = std::string(name)};
    made->function->type = {.parameters = read_types(inputs, made->fault),
                            .results = read_types(outputs, made->fault)};
    if (function == nullptr) made->fault = "it is NULL";
    return made;
}

}  // namespace

std::vector<HostFunction> take_functions(std::span<ExtismFunction* const> functions) {
    for (std::size_t i = 0; i < functions.size(); ++i) {
        if (functions[i] == nullptr)
            throw Error(ErrorCode::invalid_input, "Cannot pass null pointer");
        const bool again =
            std::ranges::find(functions.first(i), functions[i]) != functions.first(i).end();
        if (again || !functions[i]->function)
            throw Error(ErrorCode::invalid_input,
                        "Function cannot be registered with multiple different Plugins");
        const HostFunction& function = *functions[i]->function;
        if (!functions[i]->fault.empty())
            throw Error(ErrorCode::invalid_input,
                        fmt::format("host function {}::{}: {}", function.module, function.name,
                                    functions[i]->fault));
    }
    std::vector<HostFunction> taken;
    taken.reserve(functions.size());
    for (ExtismFunction* shell : functions)
        taken.push_back(*std::exchange(shell->function, std::nullopt));
    return taken;
}

}  // namespace sluice::capi

using namespace sluice::capi;

ExtismFunction* extism_function_new(const char* name, const ExtismValType* inputs,
                                    ExtismSize n_inputs, const ExtismValType* outputs,
                                    ExtismSize n_outputs, ExtismFunctionType func, void* user_data,
                                    void (*free_user_data)(void*)) {
    return at_border<ExtismFunction*>(nullptr, [&]() -> ExtismFunction* {
        if (name == nullptr || !sluice::is_utf8(name)) return nullptr;
        auto made =
            make_function(name, types_of(inputs, n_inputs), types_of(outputs, n_outputs), func);
        // Last, as from here on the user data is ours.
        std::shared_ptr<void> owned(user_data, [free_user_data](void* data) {
            if (data != nullptr && free_user_data != nullptr) free_user_data(data);
        });
        sluice::HostFunction& function = *made->function;
        function.function = Callback{function.type, func, std::move(owned)};
        return made.release();
    });
}

void extism_function_free(ExtismFunction* f) {
    at_border([&] { std::unique_ptr<ExtismFunction>(f).reset(); });
}

void extism_function_set_namespace(ExtismFunction* ptr, const char* namespace_) {
    at_border([&] {
        if (ptr == nullptr || namespace_ == nullptr || !ptr->function) return;
        ptr->function->module = namespace_;
        if (!sluice::is_utf8(namespace_)) ptr->fault = "its namespace is not UTF-8";
    });
}
