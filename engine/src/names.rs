//! The names that a module gives its functions.

use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Calls `found` for each function that the name section names; what is damaged ends it.
pub fn function_names(wasm: &[u8], mut found: impl FnMut(u32, &str)) {
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        let Payload::CustomSection(section) = payload else {
            continue;
        };
        let KnownCustom::Name(names) = section.as_known() else {
            continue;
        };
        for name in names.into_iter().map_while(Result::ok) {
            if let Name::Function(map) = name {
                for each in map.into_iter().map_while(Result::ok) {
                    found(each.index, each.name);
                }
            }
        }
    }
}
