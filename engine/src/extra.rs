//! What the C API lacks: `include/sluice_engine.h` says what each function promises.
//!
//! The C API's handles are Rust structs with exactly one private field, so a cast is the only way
//! to that field; the assertions below stop the build should an update change a shape.

use std::any::Any;
use std::cell::UnsafeCell;
use std::collections::hash_map::DefaultHasher;
use std::ffi::c_void;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, Waker};
use wasmtime::{
    Config, Engine, Error, Func, Instance, InstancePre, Module, ResourceLimiter, Result, Store,
    Trap, ValRaw, WasmBacktrace, WasmBacktraceDetails,
};
use wasmtime_c_api::*;
use wasmtime_environ::demangle_function_name_or_index;

const _: () = {
    assert!(size_of::<wasm_config_t>() == size_of::<Config>());
    assert!(size_of::<wasm_engine_t>() == size_of::<Engine>());
    assert!(size_of::<wasmtime_store_t>() == size_of::<Store<WasmtimeStoreData>>());
    assert!(size_of::<wasmtime_module_t>() == size_of::<Module>());
    assert!(size_of::<wasmtime_error_t>() == size_of::<Error>());
    assert!(size_of::<wasm_trap_t>() == size_of::<Error>());
    assert!(size_of::<wasmtime_call_future_t>() == size_of::<CallFuture>());
    assert!(size_of::<wasmtime_instance_pre_t>() == size_of::<InstancePre<WasmtimeStoreData>>());
};

type CallFuture<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
type Failure = Option<Box<wasmtime_error_t>>;

/// `code` of an error that is no trap of WebAssembly's own.
const NO_TRAP: u8 = 255;
/// `code` of an error that was a panic: the store must not be used again.
const PANIC: u8 = 254;

fn config(handle: &mut wasm_config_t) -> &mut Config {
    // SAFETY: the struct has one field, of this type (asserted above).
    unsafe { &mut *ptr::from_mut(handle).cast() }
}

fn engine(handle: &wasm_engine_t) -> &Engine {
    // SAFETY: as for config().
    unsafe { &*ptr::from_ref(handle).cast() }
}

fn store(handle: &mut wasmtime_store_t) -> &mut Store<WasmtimeStoreData> {
    // SAFETY: as for config().
    unsafe { &mut *ptr::from_mut(handle).cast() }
}

/// Bytes that the caller lends.
#[repr(C)]
pub struct Bytes {
    data: *const u8,
    length: usize,
}

impl Bytes {
    /// # Safety
    /// `data` points to `length` bytes that live as long as the slice; it may be null for none.
    unsafe fn slice<'a>(&self) -> &'a [u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }
}

fn panic_error(payload: Box<dyn Any + Send>) -> Error {
    let text = match payload.downcast_ref::<String>() {
        Some(text) => text.as_str(),
        None => payload.downcast_ref::<&str>().copied().unwrap_or("no text"),
    };
    Error::msg(format!("the engine panicked: {text}"))
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_engine_new(
    mut settings: Box<wasm_config_t>,
    out: &mut *mut wasm_engine_t,
) -> Failure {
    match Engine::new(config(&mut settings)) {
        Ok(engine) => {
            *out = Box::into_raw(Box::new(engine)).cast();
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_config_backtrace(
    settings: &mut wasm_config_t,
    lines: bool,
    frames: usize,
) {
    let details = if lines {
        WasmBacktraceDetails::Enable
    } else {
        WasmBacktraceDetails::Disable
    };
    config(settings)
        .wasm_backtrace_details(details)
        .wasm_backtrace_max_frames(NonZeroUsize::new(frames));
}

/// # Safety
/// `wasm` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sluice_module_new(
    handle: &wasm_engine_t,
    wasm: *const u8,
    length: usize,
    out: &mut *mut wasmtime_module_t,
) -> Failure {
    // SAFETY: the caller's promise.
    let wasm = unsafe { std::slice::from_raw_parts(wasm, length) };
    let compile = || {
        let module = Module::from_binary(engine(handle), wasm)?;
        *out = Box::into_raw(Box::new(module)).cast();
        Ok(())
    };
    caught(compile, &mut 0)
}

/// # Safety
/// `guest`, `library`, `name` and `prefix` point to as many bytes as is said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sluice_merge(
    guest: &Bytes,
    library: &Bytes,
    name: &Bytes,
    prefix: &Bytes,
    out: &mut wasm_byte_vec_t,
) -> bool {
    // SAFETY: the caller's promise.
    let [guest, library, name, prefix] =
        [guest, library, name, prefix].map(|each| unsafe { each.slice() });
    let merged = catch_unwind(|| {
        let (name, prefix) = (std::str::from_utf8(name)?, std::str::from_utf8(prefix)?);
        crate::merge::merge(guest, library, name, prefix).map_err(Error::from)
    });
    let (merged, text) = match merged {
        Ok(Ok(Some(module))) => (true, module),
        Ok(Ok(None)) => (false, Vec::new()),
        Ok(Err(error)) => (false, error.root_cause().to_string().into_bytes()),
        Err(payload) => (false, panic_error(payload).to_string().into_bytes()),
    };
    out.set_buffer(text);
    merged
}

/// # Safety
/// `wasm` points to as many bytes as is said; `found` may be called with `env`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sluice_function_names(
    wasm: &Bytes,
    found: extern "C" fn(*mut c_void, u32, *const u8, usize),
    env: *mut c_void,
) {
    // SAFETY: the caller's promise.
    let wasm = unsafe { wasm.slice() };
    crate::names::function_names(wasm, |function, name| {
        found(env, function, name.as_ptr(), name.len());
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_engine_fingerprint(handle: &wasm_engine_t, out: &mut [u8; 16]) {
    // Two differently seeded halves: 64 bits would be few for a name that decides what code runs.
    for (half, seed) in out.chunks_exact_mut(8).zip([0x9e37_79b9_u32, 0x85eb_ca6b]) {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        engine(handle)
            .precompile_compatibility_hash()
            .hash(&mut hasher);
        half.copy_from_slice(&hasher.finish().to_le_bytes());
    }
}

/// Runs `run`; a panic becomes an error like any other. `code` says which kind it was.
fn caught(run: impl FnOnce() -> Result<()>, code: &mut u8) -> Failure {
    let error = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => {
            *code = error
                .downcast_ref::<Trap>()
                .map_or(NO_TRAP, |trap| *trap as u8);
            error
        }
        Err(payload) => {
            *code = PANIC;
            panic_error(payload)
        }
    };
    Some(Box::new(error.into()))
}

/// # Safety
/// `values` points to `count` values, enough for arguments and results, of the function's types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sluice_func_call(
    context: WasmtimeStoreContextMut<'_>,
    function: &Func,
    values: *mut ValRaw,
    count: usize,
    code: &mut u8,
) -> Failure {
    let values = ptr::slice_from_raw_parts_mut(values, count);
    // SAFETY: the caller's promise.
    caught(|| unsafe { function.call_unchecked(context, values) }, code)
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_instance_pre_instantiate(
    pre: &wasmtime_instance_pre_t,
    context: WasmtimeStoreContextMut<'_>,
    out: &mut Instance,
    code: &mut u8,
) -> Failure {
    // SAFETY: the struct has one field, of this type (asserted above).
    let pre: &InstancePre<WasmtimeStoreData> = unsafe { &*ptr::from_ref(pre).cast() };
    caught(
        || pre.instantiate(context).map(|instance| *out = instance),
        code,
    )
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_call_future_poll(
    future: &mut wasmtime_call_future_t<'_>,
    error: &mut Failure,
) -> bool {
    // SAFETY: the handle is a transparent wrapper of this type.
    let future: &mut CallFuture<'_> = unsafe { &mut *ptr::from_mut(future).cast() };
    let mut context = Context::from_waker(Waker::noop());
    match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context))) {
        Ok(Poll::Ready(())) => true,
        Ok(Poll::Pending) => false,
        Err(payload) => {
            *error = Some(Box::new(panic_error(payload).into()));
            true
        }
    }
}

/// The cause without its context, then the frames of the guest, one a line.
fn describe(error: &Error, out: &mut wasm_byte_vec_t) {
    let mut text = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        let frames = trace.to_string();
        if let Some((_, frames)) = frames.split_once('\n') {
            text.push('\n');
            text.push_str(frames);
        }
    }
    out.set_buffer(text.into_bytes());
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_error_describe(error: Box<wasmtime_error_t>, out: &mut wasm_byte_vec_t) {
    describe(&Error::from(*error), out);
}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_trap_describe(trap: &wasm_trap_t, out: &mut wasm_byte_vec_t) {
    // SAFETY: the struct has one field, of this type (asserted above).
    describe(unsafe { &*ptr::from_ref(trap).cast() }, out);
}

/// # Safety
/// `found` may be called with `env`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sluice_backtrace(
    context: WasmtimeStoreContextMut<'_>,
    found: extern "C" fn(*mut c_void, *const u8, usize),
    env: *mut c_void,
) {
    let mut name = String::new();
    for frame in WasmBacktrace::force_capture(context).frames() {
        name.clear();
        let index = frame.func_index() as usize;
        // Writing to a String cannot fail.
        let _ = demangle_function_name_or_index(&mut name, frame.func_name(), index);
        found(env, name.as_ptr(), name.len());
    }
}

type Growing = extern "C" fn(*mut c_void, bool, usize, usize) -> bool;

struct Limiter {
    growing: Growing,
    env: *mut c_void,
    tables: usize,
    memories: usize,
}

// SAFETY: the embedder promises that `env` may be used on any thread that uses the store.
unsafe impl Send for Limiter {}
unsafe impl Sync for Limiter {}

impl Limiter {
    fn grows(&self, table: bool, current: usize, want: usize, maximum: Option<usize>) -> bool {
        // What passes the guest's own maximum fails anyway: the embedder need not count it.
        maximum.is_none_or(|maximum| want <= maximum)
            && (self.growing)(self.env, table, current, want)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, now: usize, want: usize, max: Option<usize>) -> Result<bool> {
        Ok(self.grows(false, now, want, max))
    }
    fn table_growing(&mut self, now: usize, want: usize, max: Option<usize>) -> Result<bool> {
        Ok(self.grows(true, now, want, max))
    }
    fn instances(&self) -> usize {
        16 // a guest and the libraries that its host gave it; guests can't make instances
    }
    fn tables(&self) -> usize {
        self.tables
    }
    fn memories(&self) -> usize {
        self.memories
    }
}

/// Hands the limiter's own place out from a closure that is only `Fn`.
struct Shared(UnsafeCell<Limiter>);
// SAFETY: a store is used by one thread at a time, and only the store reaches this.
unsafe impl Sync for Shared {}

#[unsafe(no_mangle)]
pub extern "C" fn sluice_store_limiter(
    handle: &mut wasmtime_store_t,
    growing: Growing,
    env: *mut c_void,
    tables: usize,
    memories: usize,
) {
    let shared = Shared(UnsafeCell::new(Limiter {
        growing,
        env,
        tables,
        memories,
    }));
    store(handle).limiter(move |_| {
        let shared = &shared; // the whole, as a field alone would not be Sync
        // SAFETY: the store asks for one limiter at a time.
        unsafe { &mut *shared.0.get() }
    });
}
