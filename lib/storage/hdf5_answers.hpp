#pragma once

#include <chrono>

namespace regionwise::storage {

/// Whether HDF5 can be asked, by now or within `patience`: false where a thread is inside it and
/// does not come back, since it reads from a file system that hangs.
[[nodiscard]] bool hdf5_answers(std::chrono::seconds patience);

}  // namespace regionwise::storage
