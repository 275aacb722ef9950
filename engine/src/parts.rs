//! A module taken apart into its sections, and why one cannot be linked into another.

use std::fmt;
use wasm_encoder::reencode;
use wasmparser::{
    CompositeInnerType, DataSectionReader, ElementSectionReader, Export, ExternalKind, FuncType,
    FunctionBody, FunctionSectionReader, GlobalSectionReader, Import, KnownCustom,
    MemorySectionReader, NameSectionReader, Parser, Payload, TableSectionReader, TagSectionReader,
    TypeRef, TypeSectionReader,
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
pub type Result<T> = std::result::Result<T, Error>;

pub fn refuse<T>(why: &'static str) -> Result<T> {
    Err(Error::UserError(Refused(why)))
}

pub fn index<T>(list: &[T], at: u32) -> Result<&T> {
    list.get(at as usize)
        .map_or_else(|| refuse("it uses a number that it does not define"), Ok)
}

pub fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// The sections of one module.
#[derive(Default)]
pub struct Parts<'a> {
    pub types: Option<TypeSectionReader<'a>>,
    pub imports: Vec<Import<'a>>,
    pub functions: Option<FunctionSectionReader<'a>>,
    pub tables: Option<TableSectionReader<'a>>,
    pub memories: Option<MemorySectionReader<'a>>,
    pub tags: Option<TagSectionReader<'a>>,
    pub globals: Option<GlobalSectionReader<'a>>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub elements: Option<ElementSectionReader<'a>>,
    pub data_count: Option<u32>,
    pub data: Option<DataSectionReader<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub names: Option<NameSectionReader<'a>>,

    pub signatures: Vec<Option<FuncType>>, // by type
    pub function_types: Vec<u32>,          // by function, imported ones first
    pub imported_functions: u32,
    pub memory_count: u32,
    pub global_count: u32,
}

impl<'a> Parts<'a> {
    pub fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(wasm) {
            parts.add(payload?)?;
        }
        let defined_functions = match parts.functions.clone() {
            Some(section) => section
                .into_iter()
                .collect::<wasmparser::Result<Vec<_>>>()?,
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

    pub fn signature(&self, function: u32) -> Result<&FuncType> {
        let of_type = *index(&self.function_types, function)?;
        index(&self.signatures, of_type)?
            .as_ref()
            .map_or_else(|| refuse("a function's type is none of a function"), Ok)
    }

    pub fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        let defined = function.checked_sub(self.imported_functions)?;
        self.bodies.get(defined as usize)
    }

    pub fn exported_function(&self, name: &str) -> Option<u32> {
        let is_it = |each: &&Export| each.name == name && each.kind == ExternalKind::Func;
        self.exports.iter().find(is_it).map(|each| each.index)
    }

    /// What a library may not have: nothing here would link it.
    pub fn is_simple_library(&self) -> bool {
        self.tables.is_none()
            && self.tags.is_none()
            && self.elements.is_none()
            && self.data.is_none()
            && self.start.is_none()
            && self.imports.len() == self.imported_functions as usize
    }
}
