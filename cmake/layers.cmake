# The layers of lib/ and whatever is built on them. A layer may include what lib/CMakeLists.txt
# lists before it; tests/structure/layers_test.sh checks every #include against that list.

add_library(regionwise_options INTERFACE)
# -Wrestrict: g++ 12 warns of std::string + std::string itself (GCC bug 105329).
target_compile_options(regionwise_options INTERFACE -Wall -Wextra -Wconversion -Wno-sign-conversion
                                                    -Wno-restrict)
# g++ takes a source that is compiled with others for a header, whose types must have names elsewhere, too.
if(REGIONWISE_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(regionwise_options INTERFACE -Wno-subobject-linkage)
endif()
# Products and sums are rounded one by one, so that every processor's version of a function
# (lib/core/simd.hpp) yields the same bytes. Nothing reads errno or the exceptions' flags of
# arithmetic; without them loops become vector instructions.
target_compile_options(regionwise_options INTERFACE -ffp-contract=off -fno-math-errno
                                                    -fno-trapping-math)
target_include_directories(
  regionwise_options INTERFACE ${CMAKE_SOURCE_DIR}/lib)
if(REGIONWISE_SANITIZE)
  set(sanitizers -fsanitize=${REGIONWISE_SANITIZE})
  if(REGIONWISE_SANITIZE STREQUAL "address")
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  endif()
  target_compile_options(regionwise_options INTERFACE ${sanitizers} -fno-omit-frame-pointer)
  target_link_options(regionwise_options INTERFACE ${sanitizers})
endif()
if(REGIONWISE_COVERAGE)
  target_compile_definitions(regionwise_options INTERFACE REGIONWISE_MEASURES_COVERAGE)
  target_compile_options(regionwise_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(regionwise_options INTERFACE --coverage)
endif()

if(REGIONWISE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "REGIONWISE_FUZZ needs clang: cmake --preset fuzz, or -DCMAKE_CXX_COMPILER=clang++")
  endif()
  # Assertions stay: a programmer's mistake that input can reach is a finding.
  target_compile_options(
    regionwise_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -UNDEBUG
                                 -fno-sanitize-recover=all -fno-omit-frame-pointer
                                 -Wno-unknown-warning-option)
  target_link_options(regionwise_options INTERFACE -fsanitize=address,undefined)
endif()

# One precompiled copy of LibTorch's tensors serves every target that sees LibTorch. Modules and
# optimizers (torch/torch.h) would nearly double the time of sources that have neither.
function(regionwise_precompile_torch target)
  if(NOT TARGET regionwise_torch_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/generated/torch_pch.cpp "")
    add_library(regionwise_torch_pch OBJECT ${CMAKE_BINARY_DIR}/generated/torch_pch.cpp)
    target_link_libraries(regionwise_torch_pch PRIVATE regionwise_options regionwise_torch)
    target_precompile_headers(regionwise_torch_pch PRIVATE <torch/types.h> <torch/utils.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM regionwise_torch_pch)
endfunction()

# Optimises a target less, which compiles sooner: programs and tests, whose time passes in the layers. GCC 13
# and later refuse precompiled headers of another level, which would cost more than it saves.
function(regionwise_optimise_less target)
  get_target_property(headers ${target} PRECOMPILE_HEADERS_REUSE_FROM)
  if(headers AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    return()
  endif()
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# regionwise_layer(NAME [TORCH] [LIGHT] USES layer… LINKS library…)
# LIGHT: computes little.
function(regionwise_layer name)
  cmake_parse_arguments(layer "TORCH;LIGHT" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${name}/*.cpp)
  if(NOT sources)
    add_library(regionwise_${name} INTERFACE)
    return()
  endif()
  add_library(regionwise_${name} STATIC ${sources})
  target_link_libraries(regionwise_${name} PUBLIC regionwise_options ${layer_LINKS})
  foreach(used ${layer_USES})
    target_link_libraries(regionwise_${name} PUBLIC regionwise_${used})
  endforeach()
  if(layer_TORCH)
    target_link_libraries(regionwise_${name} PUBLIC regionwise_torch)
    regionwise_precompile_torch(regionwise_${name})
    set_property(GLOBAL APPEND PROPERTY regionwise_torch_layers ${name})
  endif()
  if(layer_LIGHT)
    regionwise_optimise_less(regionwise_${name})
  endif()
  regionwise_cuda_kernels(${name})
  set_property(GLOBAL APPEND PROPERTY regionwise_layers ${name})
endfunction()

# Links a program with exactly the layers that its sources include, so that a program which needs
# no LibTorch links none.
function(regionwise_link_included_layers target)
  get_property(layers GLOBAL PROPERTY regionwise_layers)
  get_property(torch_layers GLOBAL PROPERTY regionwise_torch_layers)
  set(included)
  foreach(source ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(STRINGS ${source} lines REGEX "^#include \"[a-z_]+/")
    foreach(line ${lines})
      string(REGEX REPLACE "^#include \"([a-z_]+)/.*" "\\1" layer "${line}")
      list(APPEND included ${layer})
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES included)
  set(sees_torch FALSE)
  foreach(layer ${included})
    if(layer IN_LIST layers)
      target_link_libraries(${target} PRIVATE regionwise_${layer})
    endif()
    if(layer IN_LIST torch_layers)
      set(sees_torch TRUE)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES REGIONWISE_SEES_TORCH ${sees_torch})
  if(sees_torch)
    regionwise_precompile_torch(${target})
  endif()
endfunction()
