//! Links a library into a guest, so that one module stands where two did: the guest's calls to the
//! library stay inside the module, and those to its small functions become the functions' own code.
//!
//! What comes out does what guest and library did together, and nothing here is trusted to be right
//! about the guest: the result is compiled, and with that validated, like any other module.

use std::collections::HashMap;
use std::fmt;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataCountSection, ElementSection, ExportSection, Function, FunctionSection,
    GlobalSection, ImportSection, Instruction, MemorySection, Module, NameMap, NameSection,
    StartSection, TableSection, TagSection, TypeSection, ValType,
};
use wasmparser::{
    CompositeInnerType, DataSectionReader, ElementSectionReader, Export, ExternalKind, FuncType,
    FunctionBody, FunctionSectionReader, GlobalSectionReader, Import, KnownCustom,
    MemorySectionReader, Name, NameSectionReader, Operator, Parser, Payload, TableSectionReader,
    TagSectionReader, TypeRef, TypeSectionReader,
};

/// Why a guest stays as it is.
#[derive(Debug)]
pub struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}
impl std::error::Error for Refused {}

pub type Error = reencode::Error<Refused>;
type Result<T> = std::result::Result<T, Error>;

fn refuse<T>(why: &'static str) -> Result<T> {
    Err(Error::UserError(Refused(why)))
}

fn index<T>(list: &[T], at: u32) -> Result<&T> {
    list.get(at as usize)
        .map_or_else(|| refuse("it uses a number that it does not define"), Ok)
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// The sections of one module.
#[derive(Default)]
struct Parts<'a> {
    types: Option<TypeSectionReader<'a>>,
    imports: Vec<Import<'a>>,
    functions: Option<FunctionSectionReader<'a>>,
    tables: Option<TableSectionReader<'a>>,
    memories: Option<MemorySectionReader<'a>>,
    tags: Option<TagSectionReader<'a>>,
    globals: Option<GlobalSectionReader<'a>>,
    exports: Vec<Export<'a>>,
    start: Option<u32>,
    elements: Option<ElementSectionReader<'a>>,
    data_count: Option<u32>,
    data: Option<DataSectionReader<'a>>,
    bodies: Vec<FunctionBody<'a>>,
    names: Option<NameSectionReader<'a>>,

    signatures: Vec<Option<FuncType>>, // by type
    function_types: Vec<u32>,          // by function, imported ones first
    imported_functions: u32,
    memory_count: u32,
    global_count: u32,
}

impl<'a> Parts<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(wasm) {
            parts.add(payload?)?;
        }
        let defined_functions = match parts.functions.clone() {
            Some(section) => section.into_iter().collect::<wasmparser::Result<Vec<_>>>()?,
            None => Vec::new(),
        };
        for import in &parts.imports {
            match import.ty {
                TypeRef::Func(of_type) | TypeRef::FuncExact(of_type) => {
                    parts.function_types.push(of_type)
                }
                TypeRef::Memory(_) => parts.memory_count += 1,
                TypeRef::Global(_) => parts.global_count += 1,
                TypeRef::Table(_) | TypeRef::Tag(_) => {}
            }
        }
        parts.imported_functions = count(&parts.function_types);
        parts.function_types.extend(defined_functions);
        parts.memory_count += parts.memories.as_ref().map_or(0, |section| section.count());
        parts.global_count += parts.globals.as_ref().map_or(0, |section| section.count());
        if parts.function_types.len() - parts.imported_functions as usize != parts.bodies.len() {
            return refuse("it has another number of functions than of bodies");
        }
        Ok(parts)
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for each in group?.into_types() {
                        self.signatures.push(match each.composite_type.inner {
                            CompositeInnerType::Func(signature) => Some(signature),
                            _ => None,
                        });
                    }
                }
                self.types = Some(section);
            }
            Payload::ImportSection(section) => {
                self.imports = section
                    .into_imports()
                    .collect::<wasmparser::Result<Vec<_>>>()?
            }
            Payload::FunctionSection(section) => self.functions = Some(section),
            Payload::TableSection(section) => self.tables = Some(section),
            Payload::MemorySection(section) => self.memories = Some(section),
            Payload::TagSection(section) => self.tags = Some(section),
            Payload::GlobalSection(section) => self.globals = Some(section),
            Payload::ExportSection(section) => {
                self.exports = section
                    .into_iter()
                    .collect::<wasmparser::Result<Vec<_>>>()?
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elements = Some(section),
            Payload::DataCountSection { count, .. } => self.data_count = Some(count),
            Payload::DataSection(section) => self.data = Some(section),
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.names = Some(names);
                }
            }
            Payload::Version { .. } | Payload::CodeSectionStart { .. } | Payload::End(_) => {}
            _ => return refuse("it is no plain module"),
        }
        Ok(())
    }

    fn signature(&self, function: u32) -> Result<&FuncType> {
        let of_type = *index(&self.function_types, function)?;
        index(&self.signatures, of_type)?
            .as_ref()
            .map_or_else(|| refuse("a function's type is none of a function"), Ok)
    }

    fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        let defined = function.checked_sub(self.imported_functions)?;
        self.bodies.get(defined as usize)
    }

    fn exported_function(&self, name: &str) -> Option<u32> {
        let is_it = |each: &&Export| each.name == name && each.kind == ExternalKind::Func;
        self.exports.iter().find(is_it).map(|each| each.index)
    }

    /// What a library may not have: nothing here would link it.
    fn is_simple_library(&self) -> bool {
        self.tables.is_none()
            && self.tags.is_none()
            && self.elements.is_none()
            && self.data.is_none()
            && self.start.is_none()
            && self.imports.len() == self.imported_functions as usize
    }
}

/// A function's body in the place of a call to it.
struct Inline<'a> {
    locals: Vec<ValType>, // its parameters, and those of what it calls
    body: Vec<Instruction<'a>>,
}

/// Where the numbers of one of the two modules lead in the new one.
struct Mapping {
    functions: Vec<u32>,
    types: u32,
    memories: u32,
    globals: u32,
}

fn shifted(number: u32, by: u32) -> Result<u32> {
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

/// Calls deeper than that stay calls.
const MOST_NESTED: usize = 3;
/// Longer bodies stay where they are.
const MOST_INSTRUCTIONS: usize = 40;

/// Writes what `function` does on the arguments that lie on the stack. False when that takes more
/// than its instructions one after the other; `into` then holds rubbish.
fn expand<'a>(
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
struct GuestCode<'p, 'a> {
    guest: &'p Parts<'a>,
    mapping: &'p mut Mapping,
    inlines: HashMap<u32, Inline<'a>>, // by the guest's number of the imported function
}

impl<'a> GuestCode<'_, 'a> {
    fn write(&mut self, code: &mut CodeSection) -> Result<()> {
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

/// What a guest takes from the library: by its number of the import, the library's function.
fn taken<'a>(
    guest: &Parts<'a>,
    library: &Parts<'a>,
    name: &str,
    prefix: &str,
) -> Result<HashMap<u32, u32>> {
    let mut taken = HashMap::new();
    let mut function = 0;
    for import in &guest.imports {
        let is_function = matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
        if import.module == name {
            let own = library.exported_function(import.name);
            let Some(own) = own.filter(|_| is_function && !import.name.starts_with(prefix)) else {
                return refuse("it imports what the library does not offer");
            };
            if guest.signature(function)? != library.signature(own)? {
                return refuse("it imports a function of the library by another type");
            }
            taken.insert(function, own);
        } else if library.imports.iter().any(|each| each.module == import.module) {
            return refuse("it imports what is the library's own");
        }
        function += u32::from(is_function);
    }
    if guest.exports.iter().any(|each| each.name.starts_with(prefix)) {
        return refuse("it exports a name that is the library's own");
    }
    Ok(taken)
}

/// Order: what the guest still imports, what the library imports, the guest's, the library's.
fn number_functions(
    guest: &Parts,
    library: &Parts,
    taken: &HashMap<u32, u32>,
) -> (Vec<u32>, Vec<u32>) {
    let kept = guest.imported_functions - u32::try_from(taken.len()).unwrap_or(0);
    let first_defined = kept + library.imported_functions;
    let library_defined = first_defined + count(&guest.bodies);
    let of_library: Vec<u32> = (kept..first_defined)
        .chain(library_defined..library_defined + count(&library.bodies))
        .collect();
    let mut next_kept = 0..kept;
    let of_guest = (0..guest.imported_functions)
        .filter_map(|function| match taken.get(&function) {
            Some(own) => of_library.get(*own as usize).copied(),
            None => next_kept.next(),
        })
        .chain(first_defined..library_defined)
        .collect();
    (of_guest, of_library)
}

/// The two mappings while the new module is written.
struct Merge<'p, 'a> {
    guest: &'p Parts<'a>,
    library: &'p Parts<'a>,
    taken: HashMap<u32, u32>,
    of_guest: Mapping,
    of_library: Mapping,
    prefix: &'p str,
}

impl<'a> Merge<'_, 'a> {
    fn write(mut self) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.write_declarations(&mut module)?;
        self.write_exports(&mut module)?;
        let guest = self.guest;
        if let Some(start) = guest.start {
            let function_index = self.of_guest.function_index(start)?;
            module.section(&StartSection { function_index });
        }
        if let Some(section) = guest.elements.clone() {
            let mut elements = ElementSection::new();
            self.of_guest.parse_element_section(&mut elements, section)?;
            module.section(&elements);
        }
        if let Some(count) = guest.data_count {
            module.section(&DataCountSection { count });
        }
        self.write_code(&mut module)?;
        if let Some(section) = guest.data.clone() {
            let mut data = wasm_encoder::DataSection::new();
            self.of_guest.parse_data_section(&mut data, section)?;
            module.section(&data);
        }
        self.write_names(&mut module)?;
        Ok(module.finish())
    }

    fn write_declarations(&mut self, module: &mut Module) -> Result<()> {
        let (guest, library) = (self.guest, self.library);
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut memories = MemorySection::new();
        let mut globals = GlobalSection::new();
        for (parts, mapping) in [
            (guest, &mut self.of_guest),
            (library, &mut self.of_library),
        ] {
            if let Some(section) = parts.types.clone() {
                mapping.parse_type_section(&mut types, section)?;
            }
            if let Some(section) = parts.functions.clone() {
                mapping.parse_function_section(&mut functions, section)?;
            }
            if let Some(section) = parts.memories.clone() {
                mapping.parse_memory_section(&mut memories, section)?;
            }
            if let Some(section) = parts.globals.clone() {
                mapping.parse_global_section(&mut globals, section)?;
            }
        }
        module.section(&types);
        module.section(&self.imports()?);
        module.section(&functions);
        if let Some(section) = guest.tables.clone() {
            let mut tables = TableSection::new();
            self.of_guest.parse_table_section(&mut tables, section)?;
            module.section(&tables);
        }
        module.section(&memories);
        if let Some(section) = guest.tags.clone() {
            let mut tags = TagSection::new();
            self.of_guest.parse_tag_section(&mut tags, section)?;
            module.section(&tags);
        }
        module.section(&globals);
        Ok(())
    }

    fn imports(&mut self) -> Result<ImportSection> {
        let mut imports = ImportSection::new();
        let mut function = 0;
        for import in &self.guest.imports {
            let is_function = matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
            if !(is_function && self.taken.contains_key(&function)) {
                self.of_guest.parse_import(&mut imports, *import)?;
            }
            function += u32::from(is_function);
        }
        for import in &self.library.imports {
            self.of_library.parse_import(&mut imports, *import)?;
        }
        Ok(imports)
    }

    fn write_exports(&mut self, module: &mut Module) -> Result<()> {
        let mut exports = ExportSection::new();
        for export in &self.guest.exports {
            self.of_guest.parse_export(&mut exports, *export)?;
        }
        for export in &self.library.exports {
            if export.name.starts_with(self.prefix) {
                self.of_library.parse_export(&mut exports, *export)?;
            }
        }
        module.section(&exports);
        Ok(())
    }

    fn write_code(&mut self, module: &mut Module) -> Result<()> {
        let mut inlines = HashMap::new();
        for (function, own) in &self.taken {
            let mut inline = Inline {
                locals: Vec::new(),
                body: Vec::new(),
            };
            if expand(self.library, &mut self.of_library, *own, 0, &mut inline)? {
                inlines.insert(*function, inline);
            }
        }
        let mut code = CodeSection::new();
        let mut of_guest = GuestCode {
            guest: self.guest,
            mapping: &mut self.of_guest,
            inlines,
        };
        of_guest.write(&mut code)?;
        for body in &self.library.bodies {
            self.of_library.parse_function_body(&mut code, body.clone())?;
        }
        module.section(&code);
        Ok(())
    }

    /// For backtraces. Lines are lost: the code stands elsewhere now.
    fn write_names(&mut self, module: &mut Module) -> Result<()> {
        let mut names = NameSection::new();
        let mut functions = Vec::new();
        if let Some(section) = self.guest.names.clone() {
            for entry in section.into_iter().map_while(std::result::Result::ok) {
                if let Name::Module { name, .. } = entry {
                    names.module(name);
                } else if let Name::Function(map) = entry {
                    for each in map.into_iter().map_while(std::result::Result::ok) {
                        if !self.taken.contains_key(&each.index)
                            && let Ok(function) = self.of_guest.function_index(each.index)
                        {
                            functions.push((function, each.name));
                        }
                    }
                }
            }
        }
        for export in &self.library.exports {
            if export.kind == ExternalKind::Func {
                functions.push((self.of_library.function_index(export.index)?, export.name));
            }
        }
        functions.sort_by_key(|(function, _)| *function);
        functions.dedup_by_key(|(function, _)| *function);
        let mut map = NameMap::new();
        for (function, name) in functions {
            map.append(function, name);
        }
        names.functions(&map);
        module.section(&names);
        Ok(())
    }
}

/// `guest` with all of `library` in it that it imports from `name`; nothing when it imports nothing
/// from there. The library's exports that begin with `prefix` become exports of the result; guests
/// may neither import nor export such names.
pub fn merge(guest: &[u8], library: &[u8], name: &str, prefix: &str) -> Result<Option<Vec<u8>>> {
    let guest = Parts::read(guest)?;
    let library = Parts::read(library)?;
    if !library.is_simple_library() {
        return refuse("the library has tables, tags, data, a start function or odd imports");
    }
    let taken = taken(&guest, &library, name, prefix)?;
    if taken.is_empty() {
        return Ok(None);
    }
    let (of_guest, of_library) = number_functions(&guest, &library, &taken);
    let merge = Merge {
        of_guest: Mapping {
            functions: of_guest,
            types: 0,
            memories: 0,
            globals: 0,
        },
        of_library: Mapping {
            functions: of_library,
            types: count(&guest.signatures),
            memories: guest.memory_count,
            globals: guest.global_count,
        },
        guest: &guest,
        library: &library,
        taken,
        prefix,
    };
    merge.write().map(Some)
}
