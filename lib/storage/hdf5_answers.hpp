#pragma once

#include <chrono>
#include <mutex>

namespace regionwise::storage {

/// Keeps other threads out of HDF5 for as long as it lives; the thread that has it may ask HDF5
/// what it likes. Holds nothing where HDF5 cannot be entered by now or within `patience`: a thread
/// is inside and does not come back, since it reads from a file system that hangs.
[[nodiscard]] std::unique_lock<std::recursive_timed_mutex> enter_hdf5_within(
    std::chrono::milliseconds patience);

}  // namespace regionwise::storage
