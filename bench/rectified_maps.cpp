// Rectified maps of a batch, all classes, float32.
#include <benchmark/benchmark.h>

#include "maps/map.hpp"
#include "support/maps.hpp"

namespace {

const bool registered = regionwise::bench::register_maps("rectified");

}  // namespace

BENCHMARK_MAIN();
