/* What Wasmtime's C API lacks. Source: engine/src/extra.rs. */
#ifndef SLUICE_ENGINE_H
#define SLUICE_ENGINE_H

#include <wasmtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As wasm_engine_new_with_config, but contradictory settings are an error and not the process's
 * end. Takes `config` over in both cases. */
wasmtime_error_t* sluice_engine_new(wasm_config_t* config, wasm_engine_t** out);

/* `lines`: name source lines where a module has DWARF. `frames`: how many frames a trace keeps. */
void sluice_config_backtrace(wasm_config_t* config, bool lines, size_t frames);

/* As wasmtime_module_new, but a compiler's panic over a strange module is an error. */
wasmtime_error_t* sluice_module_new(const wasm_engine_t* engine, const uint8_t* wasm, size_t length,
                                    wasmtime_module_t** out);

/* Bytes that are lent for one call. */
typedef struct sluice_bytes {
    const uint8_t* data;
    size_t length;
} sluice_bytes_t;

/* Links `library` into `guest`, which imports functions from it by the module name `name`: `out` is
 * then one module that does what the two did, calls to small functions of the library replaced by
 * their code. The library's exports whose names begin with `prefix` are exports of the result; the
 * guest may neither import nor export such names. Both are binaries. False: the guest has to stay
 * as it is, and `out` says why; it is empty when the guest imports nothing from the library. The
 * result is not validated. Threads: any. */
bool sluice_merge(const sluice_bytes_t* guest, const sluice_bytes_t* library,
                  const sluice_bytes_t* name, const sluice_bytes_t* prefix, wasm_byte_vec_t* out);

/* Calls `found` for each function that the module's name section names; `name` lives for that call
 * and is UTF-8. A damaged section ends it. Threads: any. */
void sluice_function_names(const sluice_bytes_t* wasm,
                           void (*found)(void* env, uint32_t function, const uint8_t* name,
                                         size_t length),
                           void* env);

/* Equal for engines that may share compiled images: version, settings and CPU features. */
void sluice_engine_fingerprint(const wasm_engine_t* engine, uint8_t out[16]);

#define SLUICE_CODE_PANIC 254
#define SLUICE_CODE_NO_TRAP 255

/* As wasmtime_func_call_unchecked, but a panic becomes an error, and so does a trap, its code in
 * `code`. After SLUICE_CODE_PANIC the store must be thrown away. `code` is set only on error. */
wasmtime_error_t* sluice_func_call(wasmtime_context_t* context, const wasmtime_func_t* function,
                                   wasmtime_val_raw_t* values, size_t count, uint8_t* code);

/* As wasmtime_instance_pre_instantiate, with errors as sluice_func_call gives them. */
wasmtime_error_t* sluice_instance_pre_instantiate(const wasmtime_instance_pre_t* pre,
                                                  wasmtime_context_t* context,
                                                  wasmtime_instance_t* out, uint8_t* code);

/* As wasmtime_call_future_poll, but a panic ends the future with an error in `error`. */
bool sluice_call_future_poll(wasmtime_call_future_t* future, wasmtime_error_t** error);

/* The innermost cause, then the guest's frames, one a line. Takes the error over. */
void sluice_error_describe(wasmtime_error_t* error, wasm_byte_vec_t* out);
void sluice_trap_describe(const wasm_trap_t* trap, wasm_byte_vec_t* out);

/* Calls `found` for each function that the guest is in, the innermost first, as people wrote its
 * name, which lives for that call and is UTF-8. For host functions and the epoch's callback. */
void sluice_backtrace(wasmtime_context_t* context,
                      void (*found)(void* env, const uint8_t* name, size_t length), void* env);

/* Asks `growing` before any memory (bytes) or table (elements) gets bigger, initial sizes included;
 * false refuses. At most 16 instances a store, `tables` tables and `memories` memories. */
void sluice_store_limiter(wasmtime_store_t* store,
                          bool (*growing)(void* env, bool table, size_t current, size_t desired),
                          void* env, size_t tables, size_t memories);

#ifdef __cplusplus
}
#endif

#endif
