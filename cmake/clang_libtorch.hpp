// Comes before LibTorch 1.13 where clang or clang-tidy reads it. clang instantiates members of
// vectors that are constexpr, as those of C++20 are, even where their elements are not yet
// complete, as in its ATen/core/ivalue.h.
#pragma once
// clang-format off
#include <bits/c++config.h>
#include <string>
#include <memory>
#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_a1_of_bits
#include <vector>
#undef __fill_a1
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
