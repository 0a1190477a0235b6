#pragma once

/// Compiles a function twice, for the processor of the build (any x86-64) and for one with AVX2,
/// BMI and POPCNT, and takes the right one at run time. The second also has fused multiply-add:
/// such functions do no floating-point products, so that both give the same results.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && __GNUC__ >= 12
#define REGIONWISE_CPU_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define REGIONWISE_CPU_CLONES
#endif
