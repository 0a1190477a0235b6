#!/usr/bin/env bash
# Runs tests in builds with sanitizers.
#   scripts/sanitized_tests.sh [address] [address-units] [thread]    default: address thread
# address        all tests, with the sanitizers of addresses and undefined behaviour, and, in the unit tests
#                and replays without LibTorch, of leaks (build-address)
# address-units  without those of whole programs: minutes instead of an hour
# thread         unit tests without LibTorch with that of threads, which LibTorch is not built for
#                (build-thread), and without real images: half an hour for what one thread does
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- address thread
jobs=$(nproc)
# Memory of LibTorch and its libraries, once made, is never given back; a fault ends the program.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
for tests in "$@"; do
  case $tests in
    address | address-units | thread) ;;
    *)
      echo "sanitized_tests.sh: \"$tests\": expected address, address-units or thread" >&2
      exit 2
      ;;
  esac
done
for tests in "$@"; do
  sanitizer=${tests%-units}
  build=build-$sanitizer
  [ -e "$build/build.ninja" ] || cmake --preset "$sanitizer" >/dev/null
  case $tests in
    address | address-units)
      cmake --build "$build" -j"$jobs" --target plain_tests
      ASAN_OPTIONS=${ASAN_OPTIONS/detect_leaks=0/detect_leaks=1} \
        ctest --test-dir "$build" --output-on-failure --no-tests=error -j"$jobs" -L plain
      targets=(--target unit_tests)
      labels=(-L "unit|golden" -LE plain)
      [ "$tests" != address ] || { targets=() labels=(-LE "plain|slurm"); }
      cmake --build "$build" -j"$jobs" "${targets[@]}"
      ctest --test-dir "$build" --output-on-failure --no-tests=error -j"$jobs" "${labels[@]}"
      ;;
    thread)
      cmake --build "$build" -j"$jobs" --target plain_tests
      REGIONWISE_DATA=/nonexistent ctest --test-dir "$build" --output-on-failure --no-tests=error -j"$jobs" -L plain -LE fuzz
      ;;
  esac
done
