# Builds the Rust static library in engine/ once and gives it as the target sluice::engine.
#
# Two keys name what is cached outside the checkout: the pins and the compiler name cargo's target folder, those plus
# our own sources name the result. A result is published by rename, so that parallel configures are safe.
if(DEFINED ENV{SLUICE_ENGINE_CACHE})
  set(cache "$ENV{SLUICE_ENGINE_CACHE}")
else()
  set(cache "$ENV{HOME}/.cache/sluice-engine")
endif()
set(engine_dir "${CMAKE_CURRENT_LIST_DIR}/../engine")
find_program(CARGO_EXECUTABLE cargo REQUIRED)
find_program(RUSTC_EXECUTABLE rustc REQUIRED)
execute_process(COMMAND "${RUSTC_EXECUTABLE}" -vV OUTPUT_VARIABLE rustc_version COMMAND_ERROR_IS_FATAL ANY)

file(GLOB ours CONFIGURE_DEPENDS "${engine_dir}/src/*.rs" "${engine_dir}/include/*.h")
list(APPEND ours "${engine_dir}/build.rs")
set(pins "${engine_dir}/Cargo.toml" "${engine_dir}/Cargo.lock")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pins} ${ours})

function(engine_key result seed)
  foreach(file IN LISTS ARGN)
    file(SHA256 "${file}" hash)
    get_filename_component(name "${file}" NAME)
    string(APPEND seed "${name} ${hash}\n")
  endforeach()
  string(SHA256 key "${seed}")
  string(SUBSTRING "${key}" 0 16 key)
  set(${result} "${key}" PARENT_SCOPE)
endfunction()
engine_key(deps_key "${rustc_version}$ENV{RUSTFLAGS}" ${pins})
engine_key(full_key "${deps_key}" ${ours})

set(root "${cache}/engine-${full_key}")
if(NOT EXISTS "${root}/lib/libsluice_engine.a")
  message(STATUS "Building the WebAssembly engine (3 to 5 minutes, once): ${root}")
  string(RANDOM LENGTH 8 tag)
  set(stage "${root}.${tag}")
  set(target "${cache}/deps-${deps_key}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "CARGO_TARGET_DIR=${target}" "SLUICE_ENGINE_PREFIX=${stage}"
            "${CARGO_EXECUTABLE}" build --release --locked
    WORKING_DIRECTORY "${engine_dir}" COMMAND_ERROR_IS_FATAL ANY)
  file(COPY "${target}/release/libsluice_engine.a" "${target}/release/libsluice_engine.so" DESTINATION "${stage}/lib")
  file(RENAME "${stage}" "${root}" RESULT lost) # fails where somebody else was first
  file(REMOVE_RECURSE "${stage}")
endif()

find_package(Threads REQUIRED)
if(SLUICE_SANITIZE STREQUAL "thread")
  add_library(sluice_engine SHARED IMPORTED GLOBAL)
  set_target_properties(sluice_engine PROPERTIES
    IMPORTED_LOCATION "${root}/lib/libsluice_engine.so" IMPORTED_NO_SONAME TRUE)
else()
  add_library(sluice_engine STATIC IMPORTED GLOBAL)
  set_target_properties(sluice_engine PROPERTIES IMPORTED_LOCATION "${root}/lib/libsluice_engine.a")
endif()
target_include_directories(sluice_engine SYSTEM INTERFACE "${root}/include")
target_link_libraries(sluice_engine INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
target_link_options(sluice_engine INTERFACE -Wl,--gc-sections)
add_library(sluice::engine ALIAS sluice_engine)
