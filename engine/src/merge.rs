//! Links a library into a guest, so that one module stands where two did: the guest's calls to the
//! library stay inside the module, and those to its small functions become the functions' own code.
//!
//! What comes out does what guest and library did together, and nothing here is trusted to be right
//! about the guest: the result is compiled, and with that validated, like any other module.

use crate::inline::{GuestCode, Inline, expand};
use crate::numbering::Mapping;
use crate::parts::{Parts, Result, count, refuse};
use std::collections::HashMap;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, DataCountSection, ElementSection, ExportSection, FunctionSection, GlobalSection,
    ImportSection, MemorySection, Module, NameMap, NameSection, StartSection, TableSection,
    TagSection, TypeSection,
};
use wasmparser::{ExternalKind, Name, TypeRef};

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
        } else if library
            .imports
            .iter()
            .any(|each| each.module == import.module)
        {
            return refuse("it imports what is the library's own");
        }
        function += u32::from(is_function);
    }
    if guest
        .exports
        .iter()
        .any(|each| each.name.starts_with(prefix))
    {
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
            self.of_guest
                .parse_element_section(&mut elements, section)?;
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
        for (parts, mapping) in [(guest, &mut self.of_guest), (library, &mut self.of_library)] {
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
            self.of_library
                .parse_function_body(&mut code, body.clone())?;
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
