//! The numbers of a module's definitions in the module that it becomes a part of.

use crate::parts::{Refused, Result, index, refuse};
use wasm_encoder::reencode::Reencode;

/// Where the numbers of one of the two modules lead in the new one.
pub struct Mapping {
    pub functions: Vec<u32>,
    pub types: u32,
    pub memories: u32,
    pub globals: u32,
}

pub fn shifted(number: u32, by: u32) -> Result<u32> {
    number
        .checked_add(by)
        .map_or_else(|| refuse("it has too many definitions"), Ok)
}

impl Reencode for Mapping {
    type Error = Refused;

    fn function_index(&mut self, function: u32) -> Result<u32> {
        index(&self.functions, function).copied()
    }
    fn type_index(&mut self, of_type: u32) -> Result<u32> {
        shifted(of_type, self.types)
    }
    fn memory_index(&mut self, memory: u32) -> Result<u32> {
        shifted(memory, self.memories)
    }
    fn global_index(&mut self, global: u32) -> Result<u32> {
        shifted(global, self.globals)
    }
}
