# Everything that the project links. All of it is in Debian 12; `make deps` installs it.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED) # headers only: Boost.Math

# HDF5 through its C API; the serial build is preferred where several are installed.
find_package(HDF5 REQUIRED COMPONENTS C)
add_library(regionwise_hdf5 INTERFACE)
target_include_directories(regionwise_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(regionwise_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

find_path(LIBDEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)
find_library(LIBDEFLATE_LIBRARY NAMES deflate REQUIRED)
target_include_directories(regionwise_hdf5 SYSTEM INTERFACE ${LIBDEFLATE_INCLUDE_DIR})
target_link_libraries(regionwise_hdf5 INTERFACE ${LIBDEFLATE_LIBRARY})

find_path(NIFTI_INCLUDE_DIR nifti2_io.h PATH_SUFFIXES nifti REQUIRED)
find_library(NIFTI2_LIBRARY NAMES nifti2 REQUIRED)
find_library(ZNZ_LIBRARY NAMES znz REQUIRED)
find_package(ZLIB REQUIRED)
add_library(regionwise_nifti2 INTERFACE)
target_include_directories(regionwise_nifti2 SYSTEM INTERFACE ${NIFTI_INCLUDE_DIR})
target_link_libraries(regionwise_nifti2 INTERFACE ${NIFTI2_LIBRARY} ${ZNZ_LIBRARY} ZLIB::ZLIB)

find_package(PNG REQUIRED)

find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(regionwise_headers INTERFACE)
target_include_directories(
  regionwise_headers SYSTEM INTERFACE ${XXHASH_INCLUDE_DIR} ${RANDOM123_INCLUDE_DIR}
                                      ${Boost_INCLUDE_DIRS})

# LibTorch 1.13 … 2.x: -DTorch_DIR or CMAKE_PREFIX_PATH first; a Python's torch where asked
# (-DTORCH=python, or -DTORCH=/path/to/python3); else the system's.
set(TORCH "system" CACHE STRING "Where LibTorch comes from: system, python, or a Python to ask")
if(NOT Torch_DIR AND NOT TORCH STREQUAL "system")
  set(torch_python ${TORCH})
  if(TORCH STREQUAL "python")
    set(torch_python python3)
  endif()
  execute_process(
    COMMAND ${torch_python} -c "import torch; print(torch.utils.cmake_prefix_path)"
    OUTPUT_VARIABLE torch_prefix
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  list(PREPEND CMAKE_PREFIX_PATH ${torch_prefix})
endif()
find_package(Torch REQUIRED)
add_library(regionwise_torch INTERFACE)
target_include_directories(regionwise_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(regionwise_torch INTERFACE ${TORCH_LIBRARIES})
separate_arguments(torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(regionwise_torch INTERFACE ${torch_flags})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND Torch_VERSION VERSION_LESS 2)
  target_compile_options(
    regionwise_torch INTERFACE "SHELL:-include ${CMAKE_SOURCE_DIR}/cmake/clang_libtorch.hpp")
endif()
# Later versions bring headers of a fmt of their own, but no library of it, and theirs may come before
# ours: sources that see LibTorch compile in what they use of them.
get_target_property(fmt_includes fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
foreach(directory ${TORCH_INCLUDE_DIRS})
  if(EXISTS ${directory}/fmt/format.h AND NOT directory IN_LIST fmt_includes)
    target_compile_definitions(regionwise_torch INTERFACE FMT_HEADER_ONLY)
  endif()
endforeach()
message(STATUS "LibTorch ${Torch_VERSION}: ${TORCH_INSTALL_PREFIX}")
