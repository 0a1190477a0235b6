#include "core/version.hpp"

#include "version.inc"

namespace regionwise {

std::string version() {
  return REGIONWISE_VERSION;
}
std::string commit() {
  return REGIONWISE_COMMIT;
}
std::string compiler() {
  return REGIONWISE_COMPILER;
}

}  // namespace regionwise
