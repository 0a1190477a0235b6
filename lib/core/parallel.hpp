#pragma once

#include <cstdint>
#include <functional>

namespace regionwise {

/// Processors that this process may use.
int available_threads();

/// Calls body(i) for every i in [0, count) on up to `threads` threads, in any order. The first
/// exception stops the rest and is thrown to the caller.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body);

}  // namespace regionwise
