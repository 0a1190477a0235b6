// Gives a fuzz target its corpus again, and copies of each file with random damage, so that what a
// fuzzer found once is tested without one.
//
//   nifti_fuzz tests/fuzz/corpus/nifti 1000
//
// Ends by a signal at a finding; the last line names the file and the copy, which lies in the
// working folder as fuzz-finding.

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

/// What is being read, for the handler of signals.
std::string current_name;
std::string current_bytes;

void say_and_die(int signal) {
  std::fprintf(stderr, "%s: signal %d; see fuzz-finding\n", current_name.c_str(), signal);
  if (std::FILE* file = std::fopen("fuzz-finding", "wb")) {
    std::fwrite(current_bytes.data(), 1, current_bytes.size(), file);
    std::fclose(file);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// A reader that wants more memory than a small machine has gets std::bad_alloc, a finding.
void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr rlim_t kBytes = rlim_t{2} << 30;
  const rlimit limit{kBytes, kBytes};
  ::setrlimit(RLIMIT_DATA, &limit);
#endif
}

void run(const std::string& name, const std::string& bytes) {
  // Of work; waiting, as for a pipe, may take longer on a busy machine.
  constexpr itimerval kLongestWork{{0, 0}, {10, 0}};
  constexpr unsigned kLongestSeconds = 100;
  current_name = name;
  current_bytes = bytes;
  ::setitimer(ITIMER_PROF, &kLongestWork, nullptr);
  ::alarm(kLongestSeconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  ::alarm(0);
}

/// One to four flipped bits, a changed, lost or repeated piece, or a lost end.
std::string damaged(std::string bytes, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const auto kind = below(8);
  if (bytes.empty() || kind == 0) return bytes.substr(0, below(bytes.size() + 1));
  const auto at = below(bytes.size());
  if (kind == 1) return bytes.erase(at, 1 + below(8));
  if (kind == 2) return bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(16)));
  if (kind == 3) {
    bytes[at] = static_cast<char>(random());
    return bytes;
  }
  for (std::size_t flips = 1 + below(4); flips > 0; --flips) {
    char& byte = bytes[below(bytes.size())];
    byte = static_cast<char>(byte ^ (1 << below(8)));
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS COPIES\n", argv[0]);
    return 2;
  }
  const int copies = std::atoi(argv[2]);
  std::vector<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) seeds.push_back(entry);
  std::sort(seeds.begin(), seeds.end());
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: holds no seed\n", argv[1]);
    return 1;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGPROF}) {
    std::signal(signal, say_and_die);
  }
  limit_memory();
  for (const auto& seed : seeds) {
    std::ifstream file(seed, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto name = seed.filename().string();
    run(name, bytes);
    std::mt19937_64 random(bytes.size());
    for (int i = 0; i < copies; ++i) {
      run(name + " copy " + std::to_string(i), damaged(bytes, random));
    }
  }
  return 0;
}
