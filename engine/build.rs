//! Copies the C API's headers, and ours, to where CMake looks for them.
use std::{env, fs, path::Path};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)
        } else {
            fs::copy(&source, &target).map(drop).unwrap()
        }
    }
}

fn main() {
    println!("cargo:rerun-if-env-changed=SLUICE_ENGINE_PREFIX");
    println!("cargo:rerun-if-changed=include");
    let Some(prefix) = env::var_os("SLUICE_ENGINE_PREFIX") else {
        return;
    };
    let include = Path::new(&prefix).join("include");
    copy(
        Path::new(&env::var_os("DEP_WASMTIME_C_API_INCLUDE").unwrap()),
        &include,
    );
    copy(Path::new("include"), &include);
}
