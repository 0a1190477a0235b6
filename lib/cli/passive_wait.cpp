#include "cli/passive_wait.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace regionwise::cli {

void wait_passively(int threads, char** argv) {
  constexpr std::array kSettings = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"};
  const auto set = [](const char* name) { return std::getenv(name) != nullptr; };
  if (threads < 2 || std::ranges::any_of(kSettings, set)) return;
  if (dlsym(RTLD_DEFAULT, "GOMP_parallel") == nullptr) return;
  // By its own path rather than /proc's, which top and ps would show as "exe".
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown || ::setenv("OMP_WAIT_POLICY", "passive", 1) != 0) return;
  ::execv(program.c_str(), argv);
}

}  // namespace regionwise::cli
