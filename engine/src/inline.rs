//! Small functions of a library in the place of calls to them.

use crate::numbering::{Mapping, shifted};
use crate::parts::{Parts, Result, count};
use std::collections::HashMap;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{CodeSection, Function, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

/// A function's body in the place of a call to it.
pub struct Inline<'a> {
    pub locals: Vec<ValType>, // its parameters, and those of what it calls
    pub body: Vec<Instruction<'a>>,
}

/// Calls deeper than that stay calls.
const MOST_NESTED: usize = 3;
/// Longer bodies stay where they are.
const MOST_INSTRUCTIONS: usize = 40;

/// Writes what `function` does on the arguments that lie on the stack. False when that takes more
/// than its instructions one after the other; `into` then holds rubbish.
pub fn expand<'a>(
    library: &Parts<'a>,
    mapping: &mut Mapping,
    function: u32,
    nested: usize,
    into: &mut Inline<'a>,
) -> Result<bool> {
    let Some(body) = library.body(function) else {
        return Ok(false);
    };
    if nested > MOST_NESTED || body.get_locals_reader()?.get_count() != 0 {
        return Ok(false);
    }
    let first = count(&into.locals);
    for parameter in library.signature(function)?.params() {
        into.locals.push(mapping.val_type(*parameter)?);
    }
    for local in (first..count(&into.locals)).rev() {
        into.body.push(Instruction::LocalSet(local));
    }
    let mut open = 0_usize;
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::LocalGet { local_index } => {
                into.body.push(Instruction::LocalGet(first + local_index))
            }
            Operator::Call { function_index } => {
                if !expand(library, mapping, function_index, nested + 1, into)? {
                    return Ok(false);
                }
            }
            Operator::End if open == 0 => {}
            operator => {
                match operator {
                    Operator::If { .. } => open += 1,
                    Operator::End => open -= 1,
                    _ if !is_plain(&operator) => return Ok(false),
                    _ => {}
                }
                into.body.push(mapping.instruction(operator)?);
            }
        }
        if into.body.len() > MOST_INSTRUCTIONS {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether it means the same wherever it stands. A list of what is known: the rest stays a call.
fn is_plain(operator: &Operator) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Else
            | O::Select
            | O::I32Const { .. }
            | O::I64Const { .. }
            | O::GlobalGet { .. }
            | O::GlobalSet { .. }
            | O::I32And
            | O::I32Or
            | O::I64And
            | O::I64Or
            | O::I64Add
            | O::I64Sub
            | O::I64Shl
            | O::I64Eq
            | O::I64Eqz
            | O::I64LtU
            | O::I64LeU
            | O::I64GtU
            | O::I64GeU
            | O::I32WrapI64
            | O::I64ExtendI32U
            | O::I32Load8U { .. }
            | O::I64Load { .. }
            | O::I32Store8 { .. }
            | O::I64Store { .. }
            | O::MemorySize { .. }
    )
}

/// The guest's bodies, with calls to the library's small functions replaced.
pub struct GuestCode<'p, 'a> {
    pub guest: &'p Parts<'a>,
    pub mapping: &'p mut Mapping,
    pub inlines: HashMap<u32, Inline<'a>>, // by the guest's number of the imported function
}

impl<'a> GuestCode<'_, 'a> {
    pub fn write(&mut self, code: &mut CodeSection) -> Result<()> {
        let guest = self.guest;
        for (body, function) in guest.bodies.iter().zip(guest.imported_functions..) {
            let used = self.used(body)?;
            if used.is_empty() {
                self.mapping.parse_function_body(code, body.clone())?;
            } else {
                self.write_body(code, body, function, &used)?;
            }
        }
        Ok(())
    }

    fn used(&self, body: &FunctionBody<'a>) -> Result<Vec<u32>> {
        let mut used = Vec::new();
        for operator in body.get_operators_reader()? {
            if let Operator::Call { function_index } | Operator::ReturnCall { function_index } =
                operator?
                && self.inlines.contains_key(&function_index)
                && !used.contains(&function_index)
            {
                used.push(function_index);
            }
        }
        Ok(used)
    }

    fn write_body(
        &mut self,
        code: &mut CodeSection,
        body: &FunctionBody<'a>,
        function: u32,
        used: &[u32],
    ) -> Result<()> {
        let mut locals = Vec::new();
        let mut next = count(self.guest.signature(function)?.params());
        for group in body.get_locals_reader()? {
            let (number, of_type) = group?;
            locals.push((number, self.mapping.val_type(of_type)?));
            next = shifted(next, number)?;
        }
        let mut first = HashMap::new(); // of each inlined function's locals
        for callee in used {
            first.insert(*callee, next);
            for local in &self.inlines[callee].locals {
                locals.push((1, *local));
                next = shifted(next, 1)?;
            }
        }
        let mut written = Function::new(locals);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            let (callee, returns) = match operator {
                Operator::Call { function_index } => (Some(function_index), false),
                Operator::ReturnCall { function_index } => (Some(function_index), true),
                _ => (None, false),
            };
            match callee.and_then(|callee| Some((self.inlines.get(&callee)?, *first.get(&callee)?)))
            {
                Some((inline, base)) => {
                    write_inline(&mut written, inline, base)?;
                    if returns {
                        written.instruction(&Instruction::Return);
                    }
                }
                None => {
                    written.instruction(&self.mapping.instruction(operator)?);
                }
            }
        }
        code.function(&written);
        Ok(())
    }
}

fn write_inline(into: &mut Function, inline: &Inline, base: u32) -> Result<()> {
    for instruction in &inline.body {
        match instruction {
            Instruction::LocalGet(local) => {
                into.instruction(&Instruction::LocalGet(shifted(*local, base)?))
            }
            Instruction::LocalSet(local) => {
                into.instruction(&Instruction::LocalSet(shifted(*local, base)?))
            }
            other => into.instruction(other),
        };
    }
    Ok(())
}
