#include "wasm/type_reader.hpp"

#include <sluice/error.hpp>

#include <string_view>

namespace sluice::wasm {
namespace {

std::string text_of(const wasm_name_t* name) {
    return {name->data, name->size};
}

/// Not wasm_valtype_kind: it ends the process for vectors and newer references.
ValueType value_type(const wasm_valtype_t* type) {
    wasmtime_valtype_t read{};
    wasmtime_valtype_new(type, &read);
    const auto kind = read.kind;
    wasmtime_valtype_delete(&read);
    switch (kind) {
        case WASMTIME_VALTYPE_KIND_I32:
            return ValueType::i32;
        case WASMTIME_VALTYPE_KIND_I64:
            return ValueType::i64;
        case WASMTIME_VALTYPE_KIND_F32:
            return ValueType::f32;
        case WASMTIME_VALTYPE_KIND_F64:
            return ValueType::f64;
        case WASMTIME_VALTYPE_KIND_V128:
            return ValueType::v128;
        default:
            return ValueType::reference;
    }
}

std::vector<ValueType> value_types(const wasm_valtype_vec_t* types) {
    std::vector<ValueType> read;
    read.reserve(types->size);
    for (std::size_t i = 0; i < types->size; ++i) read.push_back(value_type(types->data[i]));
    return read;
}

void read_type(const wasm_externtype_t* type, Extern& item) {
    switch (wasm_externtype_kind(type)) {
        case WASM_EXTERN_FUNC: {
            const wasm_functype_t* function = wasm_externtype_as_functype_const(type);
            item.kind = ExternKind::function;
            item.function = FunctionType{value_types(wasm_functype_params(function)),
                                         value_types(wasm_functype_results(function))};
            break;
        }
        case WASM_EXTERN_MEMORY: {
            const wasm_memorytype_t* memory = wasm_externtype_as_memorytype_const(type);
            item.kind = ExternKind::memory;
            item.memory = MemoryType{wasmtime_memorytype_minimum(memory), {}};
            std::uint64_t maximum = 0;
            if (wasmtime_memorytype_maximum(memory, &maximum)) item.memory->maximum_pages = maximum;
            break;
        }
        case WASM_EXTERN_TABLE:
            item.kind = ExternKind::table;
            break;
        case WASM_EXTERN_GLOBAL:
            item.kind = ExternKind::global;
            break;
        default:
            item.kind = ExternKind::tag;
            break;
    }
}

wasm_valtype_t* to_c(ValueType type) {
    switch (type) {
        case ValueType::i32:
            return wasm_valtype_new(WASM_I32);
        case ValueType::i64:
            return wasm_valtype_new(WASM_I64);
        case ValueType::f32:
            return wasm_valtype_new(WASM_F32);
        case ValueType::f64:
            return wasm_valtype_new(WASM_F64);
        default:
            return wasmtime_wasm_valtype_v128();
    }
}

/// In C's form; wasm_functype_new takes it over.
wasm_valtype_vec_t to_c(const std::vector<ValueType>& types) {
    std::vector<wasm_valtype_t*> each;
    each.reserve(types.size());
    for (const ValueType type : types) each.push_back(to_c(type));
    wasm_valtype_vec_t list{};
    wasm_valtype_vec_new(&list, each.size(), each.data());
    return list;
}

}  // namespace

std::vector<Extern> imports_of(const wasmtime_module_t* module) {
    wasm_importtype_vec_t list{};
    wasmtime_module_imports(module, &list);
    std::vector<Extern> read(list.size);
    for (std::size_t i = 0; i < list.size; ++i) {
        read[i].module = text_of(wasm_importtype_module(list.data[i]));
        read[i].name = text_of(wasm_importtype_name(list.data[i]));
        read_type(wasm_importtype_type(list.data[i]), read[i]);
    }
    wasm_importtype_vec_delete(&list);
    return read;
}

std::vector<Extern> exports_of(const wasmtime_module_t* module) {
    wasm_exporttype_vec_t list{};
    wasmtime_module_exports(module, &list);
    std::vector<Extern> read(list.size);
    for (std::size_t i = 0; i < list.size; ++i) {
        read[i].name = text_of(wasm_exporttype_name(list.data[i]));
        read_type(wasm_exporttype_type(list.data[i]), read[i]);
    }
    wasm_exporttype_vec_delete(&list);
    return read;
}

FunctionTypeHandle to_c(const FunctionType& type) {
    for (const auto* side : {&type.parameters, &type.results})
        for (const ValueType each : *side)
            if (each == ValueType::reference)
                throw Error(ErrorCode::invalid_input, "host functions take and give no references");
    wasm_valtype_vec_t parameters = to_c(type.parameters);
    wasm_valtype_vec_t results = to_c(type.results);
    return FunctionTypeHandle(wasm_functype_new(&parameters, &results));
}

}  // namespace sluice::wasm
