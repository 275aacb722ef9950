//! Wasmtime's C API as one static library, with the few functions that it lacks.

mod extra;
mod inline;
mod merge;
mod names;
mod numbering;
mod parts;
pub use wasmtime_c_api::*; // also what makes the C symbols part of the library
