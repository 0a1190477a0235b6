#!/usr/bin/env bash
# Runs the tests in builds with sanitizers: all of them with that of addresses and of undefined behaviour
# (build-address), those of threads without LibTorch, which is not built for it, with that of threads
# (build-thread).
#   scripts/sanitized_tests.sh [address] [thread]    both
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- address thread
jobs=$(nproc)
threaded='core geometry statistics storage metrics sources preprocessing maps reporting'
# Memory of LibTorch and its libraries, once made, is never given back; a fault ends the program.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
for sanitizer in "$@"; do
  build=build-$sanitizer
  [ -e "$build/build.ninja" ] || cmake --preset "$sanitizer" >/dev/null
  case $sanitizer in
    address)
      cmake --build "$build" -j"$jobs"
      ctest --test-dir "$build" --output-on-failure -j"$jobs" -LE slurm
      ;;
    thread)
      # shellcheck disable=SC2086
      cmake --build "$build" -j"$jobs" --target $(printf '%s_test ' $threaded)
      ctest --test-dir "$build" --output-on-failure -j"$jobs" \
        -R "^($(tr ' ' '|' <<<"$threaded"))$"
      ;;
    *)
      echo "sanitized_tests.sh: \"$sanitizer\": expected address or thread" >&2
      exit 2
      ;;
  esac
done
