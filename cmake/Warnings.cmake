# Every target of ours links this privately: warnings are errors in our code, silent in that of others.
add_library(sluice_warnings INTERFACE)
target_compile_options(sluice_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -Wundef -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (SLUICE_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug"))
  # g++ 12 sees uninitialised or dangling values in instrumented standard-library code that is fine.
  target_compile_options(sluice_warnings INTERFACE -Wno-maybe-uninitialized -Wno-dangling-pointer)
endif()
