#pragma once

#include <string>

namespace regionwise {

/// What was built: recorded in every file.
std::string version();   ///< Such as "0.1.0".
std::string commit();    ///< `git describe --always --dirty` when the project was built.
std::string compiler();  ///< Such as "GNU 12.2.0".

}  // namespace regionwise
