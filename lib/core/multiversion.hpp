#pragma once

/// Compiles a function several times, for x86-64 of 2003, with AVX2 and with AVX-512, and lets the
/// loader take the best that the processor has. Loops in it should be ones that the compiler turns
/// into vector code. Results must not depend on the choice: everything is compiled
/// without contraction of products and sums (cmake/layers.cmake). Sanitizers run before the loader
/// can choose, so there, as with other compilers and processors, it is one plain function; so it is
/// where coverage is measured, which would count the branches of versions that do not run.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(REGIONWISE_MEASURES_COVERAGE)
#define REGIONWISE_MULTIVERSION \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define REGIONWISE_MULTIVERSION
#endif

/// For what such functions call: only what is inlined is compiled for their processor.
#define REGIONWISE_INLINE [[gnu::always_inline]] inline
