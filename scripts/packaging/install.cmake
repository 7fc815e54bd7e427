# SPDX-License-Identifier: Apache-2.0
# Where things go with `cmake --install`, and how projects of others find the engine and the model:
# find_package(luosim COMPONENTS sim model) gives luosim::sim and luosim::model.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(luosim_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/luosim)

# luosim_library(TARGET FOLDER): installs a library with the headers of its folder. Each has an export
# of its own, because the engine is complete without the model. Includes are written from the root of
# the tree (`sim/core/engine.hpp`), here as there.
function(luosim_library target folder)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/luosim>)
  install(TARGETS ${target} EXPORT luosim_${folder}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/luosim
    COMPONENT development FILES_MATCHING PATTERN "*.hpp")
  install(EXPORT luosim_${folder} FILE luosim-${folder}.cmake NAMESPACE luosim::
    DESTINATION ${luosim_cmake_dir} COMPONENT development)
endfunction()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/luosimConfig.cmake.in
  ${CMAKE_BINARY_DIR}/luosimConfig.cmake INSTALL_DESTINATION ${luosim_cmake_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/luosimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/luosimConfig.cmake ${CMAKE_BINARY_DIR}/luosimConfigVersion.cmake
  DESTINATION ${luosim_cmake_dir} COMPONENT development)
