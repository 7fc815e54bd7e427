# SPDX-License-Identifier: Apache-2.0
# Debian packages by CPack: luosim, the program with all that it brings, and libluosim-dev, the engine
# and the model for other programs. `scripts/package` makes them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME luosim)
set(CPACK_PACKAGE_VENDOR "luosim")
set(CPACK_PACKAGE_CONTACT "luosim maintainers <maintainers@luosim.example>" CACHE STRING
    "Who answers for the packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "discrete-event model of Linux live update")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME luosim)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
    "Replays live updates of Linux (Kexec HandOver and the Live Update Orchestrator)
as a discrete-event model of the whole machine, deterministically, says what
happened like a kernel log, and which guarantee broke. Explores every order of
steps, and finds by chance what nobody looked for.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libluosim-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libfmt-dev, libfdt-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "The engine of luosim (time, tasks as programs of named steps, locks, choices,
faults, traces and the search of all states) and its model of a machine that
is updated, as static libraries for C++20 with headers and a CMake package.")
include(CPack)
