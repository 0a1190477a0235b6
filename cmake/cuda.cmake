# Kernels for NVIDIA's GPUs, lib/<layer>/*.cu. Without them everything builds, and GPUs are used
# through LibTorch's operators alone.
set(REGIONWISE_CUDA "AUTO" CACHE STRING
    "Build the GPU kernels: ON, OFF or AUTO (where there are CUDA's compiler and a LibTorch for CUDA)")
set_property(CACHE REGIONWISE_CUDA PROPERTY STRINGS AUTO ON OFF)

set(regionwise_cuda ${REGIONWISE_CUDA})
if(REGIONWISE_CUDA STREQUAL "AUTO")
  set(regionwise_cuda OFF)
  if(TARGET torch_cuda OR TORCH_CUDA_LIBRARIES)
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
      set(regionwise_cuda ON)
    endif()
  endif()
endif()

if(regionwise_cuda)
  if(NOT TARGET torch_cuda AND NOT TORCH_CUDA_LIBRARIES)
    message(FATAL_ERROR
            "REGIONWISE_CUDA is ON, but the LibTorch in ${TORCH_INSTALL_PREFIX} is for the CPU alone: give one for "
            "CUDA (-DTorch_DIR or -DTORCH=python), or leave REGIONWISE_CUDA at AUTO.")
  endif()
  # For all GPUs that the compiler knows, unless the user names some: -DCMAKE_CUDA_ARCHITECTURES or CUDAARCHS.
  # LibTorch's files set the first to OFF, and add flags for the GPUs that it was built for.
  if("$CACHE{CMAKE_CUDA_ARCHITECTURES}" STREQUAL "" OR "$CACHE{CMAKE_CUDA_ARCHITECTURES}" STREQUAL "OFF")
    set(CMAKE_CUDA_ARCHITECTURES all-major)
    if(DEFINED ENV{CUDAARCHS})
      set(CMAKE_CUDA_ARCHITECTURES $ENV{CUDAARCHS})
    endif()
  else()
    set(CMAKE_CUDA_ARCHITECTURES $CACHE{CMAKE_CUDA_ARCHITECTURES})
  endif()
  set(CMAKE_CUDA_STANDARD 17)
  enable_language(CUDA)
  string(REGEX REPLACE "-gencode[ =][^ ]+" "" CMAKE_CUDA_FLAGS "${CMAKE_CUDA_FLAGS}")
  find_package(CUDAToolkit REQUIRED)
  add_compile_definitions(REGIONWISE_CUDA)
  message(STATUS "GPU kernels: CUDA ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
else()
  message(STATUS "GPU kernels: none")
endif()

# regionwise_cuda_kernels(LAYER)
# The layer's *.cu, which see neither LibTorch nor its flags: CUDA's compiler need not understand them.
function(regionwise_cuda_kernels layer)
  file(GLOB kernels CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${layer}/*.cu)
  if(NOT regionwise_cuda OR NOT kernels)
    return()
  endif()
  add_library(regionwise_${layer}_kernels STATIC ${kernels})
  target_include_directories(regionwise_${layer}_kernels PRIVATE ${CMAKE_SOURCE_DIR}/lib)
  target_link_libraries(regionwise_${layer}_kernels PUBLIC CUDA::cudart)
  target_link_libraries(regionwise_${layer} PUBLIC regionwise_${layer}_kernels)
endfunction()
