# `cmake --install BUILD --component sdk`: libsluice.so with its headers, its CMake package and sluice.pc, and
# libextism.so with extism.h and extism.pc. `--component gateway`: the program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/sluice")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# From lib/pkgconfig to the prefix; two more steps where libraries lie in lib/ARCHITECTURE.
file(RELATIVE_PATH SLUICE_PC_TO_PREFIX "/${pkgconfig_dir}" "/")

install(TARGETS sluice_sdk EXPORT sluiceTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT sdk NAMELINK_COMPONENT sdk
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/sluice" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT sdk
  FILES_MATCHING PATTERN "*.hpp")
install(EXPORT sluiceTargets NAMESPACE sluice:: DESTINATION "${package_dir}" COMPONENT sdk)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/sluiceConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/package/sluiceConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/sluiceConfigVersion.cmake"
  DESTINATION "${package_dir}" COMPONENT sdk)
configure_file("${CMAKE_CURRENT_LIST_DIR}/package/sluice.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/sluice.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/sluice.pc" DESTINATION "${pkgconfig_dir}" COMPONENT sdk)

install(TARGETS extism LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT sdk)
install(FILES "${PROJECT_SOURCE_DIR}/src/capi/extism.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT sdk)
file(READ "${PROJECT_SOURCE_DIR}/src/capi/extism.pc.in" extism_pc)
string(REPLACE "\${pcfiledir}/../.." "\${pcfiledir}/${SLUICE_PC_TO_PREFIX}" extism_pc "${extism_pc}")
string(REPLACE "\${prefix}/lib\n" "\${prefix}/${CMAKE_INSTALL_LIBDIR}\n" extism_pc "${extism_pc}")
file(CONFIGURE OUTPUT installed/extism.pc CONTENT "${extism_pc}" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/installed/extism.pc" DESTINATION "${pkgconfig_dir}" COMPONENT sdk)

if(SLUICE_GATEWAY)
  install(TARGETS sluice RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT gateway)
endif()
