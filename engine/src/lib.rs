//! Wasmtime's C API as one static library, with the few functions that it lacks.

mod extra;
mod merge;
mod names;
pub use wasmtime_c_api::*; // also what makes the C symbols part of the library
