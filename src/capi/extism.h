#pragma once

/** \file
 * libextism on Sluice's engine: Extism's C interface, version 1.13 of its header.
 *
 * Texts are UTF-8 and end with a NUL. Where no length is given, NULL stands for "none"; a NULL
 * object is answered with 0, NULL, false or -1, and no argument makes the library abort.
 *
 * Threads: one plug-in serves one thread at a time, others wait their turn; but an error and an
 * output are those of the last call, whoever made it. Cancelling, compiled plug-ins and the log are
 * for all threads. From within a host function only extism_current_plugin_* and other plug-ins can
 * be used: the calling plug-in itself answers with an error.
 */

/* NOLINTBEGIN(modernize-use-using): this is C. */

#include <stdbool.h>
#include <stdint.h>

/** What extism_plugin_call returns when all is well. */
#define EXTISM_SUCCESS 0

/** The type of a handle: an offset in a plug-in's exchange memory. */
#define EXTISM_PTR ExtismValType_I64

/** Declares a host function called N, for C and for cgo. */
#define EXTISM_FUNCTION(N) \
    extern void N(ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, void*)
#define EXTISM_GO_FUNCTION(N) \
    extern void N(void*, ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, uintptr_t)

/** A WebAssembly type. Host functions take and give the first four. */
typedef enum {
    ExtismValType_I32,
    ExtismValType_I64,
    ExtismValType_F32,
    ExtismValType_F64,
    ExtismValType_V128,
    ExtismValType_FuncRef,
    ExtismValType_ExternRef,
} ExtismValType;

/** A running plug-in. */
typedef struct ExtismPlugin ExtismPlugin;
/** Compiled code, of which plug-ins are made. */
typedef struct ExtismCompiledPlugin ExtismCompiledPlugin;
/** The plug-in that is calling a host function; lives as long as that call. */
typedef struct ExtismCurrentPlugin ExtismCurrentPlugin;
/** A host function before it is given to a plug-in, and the shell that is left of it afterwards. */
typedef struct ExtismFunction ExtismFunction;
/** Stops the calls of one plug-in; belongs to it. */
typedef struct ExtismCancelHandle ExtismCancelHandle;

typedef uint64_t ExtismSize;
typedef uint64_t ExtismMemoryHandle;

typedef union {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
} ExtismValUnion;

typedef struct {
    ExtismValType t;
    ExtismValUnion v;
} ExtismVal;

/** A host function. Outputs come with their types filled in and their values 0; writing another
 * type fails the guest's call. An array of no values is NULL. */
typedef void (*ExtismFunctionType)(ExtismCurrentPlugin* plugin, const ExtismVal* inputs,
                                   ExtismSize n_inputs, ExtismVal* outputs, ExtismSize n_outputs,
                                   void* data);

/** Takes a line of the log, with its line feed; `size` counts neither more nor the NUL behind it.
 */
typedef void (*ExtismLogDrainFunctionType)(const char* data, ExtismSize size);

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a host function can do with the plug-in that calls it ---- */

/** What was given to extism_plugin_call_with_host_context. */
void* extism_current_plugin_host_context(ExtismCurrentPlugin* plugin);

/** Where handle 0 points. Ask again after every extism_current_plugin_memory_alloc. */
uint8_t* extism_current_plugin_memory(ExtismCurrentPlugin* plugin);

/** A new block of `n` bytes; 0 for no bytes and when there is no room. */
ExtismMemoryHandle extism_current_plugin_memory_alloc(ExtismCurrentPlugin* plugin, ExtismSize n);

/** The size of a block; 0 for what is none. */
ExtismSize extism_current_plugin_memory_length(ExtismCurrentPlugin* plugin, ExtismMemoryHandle n);

/** Gives a block back; what is none is left alone. */
void extism_current_plugin_memory_free(ExtismCurrentPlugin* plugin, ExtismMemoryHandle ptr);

/* ---- Host functions ---- */

/** `user_data` is handed to every call of `func`, and to `free_user_data` once, when the last of
 * those who can call it is gone: the function itself while no plug-in was given it, else the
 * compiled plug-in and all that were made of it. The caller keeps it when this gives NULL: a `name`
 * that is missing or not UTF-8. What else is wrong is said when a plug-in is given the function. */
ExtismFunction* extism_function_new(const char* name, const ExtismValType* inputs,
                                    ExtismSize n_inputs, const ExtismValType* outputs,
                                    ExtismSize n_outputs, ExtismFunctionType func, void* user_data,
                                    void (*free_user_data)(void*));

/** Must be called for every function, whether a plug-in was given it or not. */
void extism_function_free(ExtismFunction* f);

/** The module that guests import it from, "extism:host/user" unless it is set. Does nothing once a
 * plug-in was given the function. */
void extism_function_set_namespace(ExtismFunction* ptr, const char* namespace_);

/* ---- Making plug-ins ---- */

/** `wasm` is a WebAssembly module, binary or text, or a manifest in JSON. Each function can be
 * given to one plug-in only. On failure gives NULL and, in `*errmsg`, a text for
 * extism_plugin_new_error_free; `errmsg` may be NULL. */
ExtismPlugin* extism_plugin_new(const uint8_t* wasm, ExtismSize wasm_size,
                                const ExtismFunction** functions, ExtismSize n_functions,
                                bool with_wasi, char** errmsg);

/** As extism_plugin_new; each call, and the start, may use so much fuel: about one a WebAssembly
 * instruction. */
ExtismPlugin* extism_plugin_new_with_fuel_limit(const uint8_t* wasm, ExtismSize wasm_size,
                                                const ExtismFunction** functions,
                                                ExtismSize n_functions, bool with_wasi,
                                                uint64_t fuel_limit, char** errmsg);

/** As extism_plugin_new, for many plug-ins that share code and functions. */
ExtismCompiledPlugin* extism_compiled_plugin_new(const uint8_t* wasm, ExtismSize wasm_size,
                                                 const ExtismFunction** functions,
                                                 ExtismSize n_functions, bool with_wasi,
                                                 char** errmsg);

/** As extism_compiled_plugin_new, with a limit as in extism_plugin_new_with_fuel_limit. */
ExtismCompiledPlugin* extism_compiled_plugin_new_with_fuel_limit(
    const uint8_t* wasm, ExtismSize wasm_size, const ExtismFunction** functions,
    ExtismSize n_functions, bool with_wasi, uint64_t fuel_limit, char** errmsg);

/** Plug-ins that were made of it live on. */
void extism_compiled_plugin_free(ExtismCompiledPlugin* plugin);

/** Runs the guest's start functions. Errors as extism_plugin_new. */
ExtismPlugin* extism_plugin_new_from_compiled(const ExtismCompiledPlugin* compiled, char** errmsg);

void extism_plugin_new_error_free(char* err);

/** Must not be called while another thread uses the plug-in. Within one of its own host functions
 * it does nothing but set the plug-in's error. */
void extism_plugin_free(ExtismPlugin* plugin);

/* ---- Using a plug-in ---- */

/** 16 bytes of a random UUID; they live as long as the plug-in. */
const uint8_t* extism_plugin_id(ExtismPlugin* plugin);

/** Calls an exported function without parameters that gives an i32 or nothing.
 *
 * Returns what the guest returned or exited with; 134 when it trapped, ran out of time or was
 * cancelled; -1 when it could not be called, a function of the host failed or memory ran out. Look
 * at extism_plugin_error too: a guest may set an error and return 0. After a trap or a timeout the
 * next call begins with a fresh instance of the guest; variables stay. */
int32_t extism_plugin_call(ExtismPlugin* plugin, const char* func_name, const uint8_t* data,
                           ExtismSize data_len);

int32_t extism_plugin_call_with_host_context(ExtismPlugin* plugin, const char* func_name,
                                             const uint8_t* data, ExtismSize data_len,
                                             void* host_context);

/** What the last use of the plug-in had to say, NULL when nothing: a guest's error as it stands,
 * else plug-in, function and cause. Lives until the plug-in is used again. */
const char* extism_plugin_error(ExtismPlugin* plugin);

/** Old name of extism_plugin_error. */
const char* extism_error(ExtismPlugin* plugin);

/** The last call's output, also when it failed. Lives until the next call, reset or free. */
ExtismSize extism_plugin_output_length(ExtismPlugin* plugin);
const uint8_t* extism_plugin_output_data(ExtismPlugin* plugin);

/** Whether extism_plugin_call would find the function and accept its type. */
bool extism_plugin_function_exists(ExtismPlugin* plugin, const char* func_name);

/** Adds to the configuration: a JSON object of texts; null takes a key away. False, with nothing
 * changed, when it is something else. */
bool extism_plugin_config(ExtismPlugin* plugin, const uint8_t* json, ExtismSize json_size);

/** From now on the guest can read the headers of HTTP responses. */
void extism_plugin_allow_http_response_headers(ExtismPlugin* plugin);

/** Forgets input, output and blocks of the last call; the guest's state and variables stay. */
bool extism_plugin_reset(ExtismPlugin* plugin);

/** Lives as long as the plug-in. */
const ExtismCancelHandle* extism_plugin_cancel_handle(const ExtismPlugin* plugin);

/** Ends the plug-in's present call, if there is one. False only for NULL. */
bool extism_plugin_cancel(const ExtismCancelHandle* handle);

/* ---- The process's log: the first call that succeeds decides, later ones are refused ---- */

/** `filename` is a path to append to, "stdout", or "stderr", "-" or NULL for standard error;
 * `log_level` is "trace", "debug", "info", "warn", "error" (the default) or "off". */
bool extism_log_file(const char* filename, const char* log_level);

/** Keeps the lines, up to 16 MiB of them, for extism_log_drain. */
bool extism_log_custom(const char* log_level);
void extism_log_drain(ExtismLogDrainFunctionType handler);

/** The version of Extism that this library stands in for: "1.41.0". */
const char* extism_version(void);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-use-using) */
