#!/usr/bin/env bash
# Builds the fuzzers of the readers (clang, libFuzzer, address and undefined-behaviour sanitizers) and
# runs each for a while, from tests/fuzz/corpus in a fresh corpus of its own.
#   scripts/fuzz.sh [SECONDS [TARGET…]]    each for so long (60), two at a time (FUZZ_JOBS)
# A line for each target: executions, coverage (edges reached), findings. What was found lies in
# build-fuzz/findings/TARGET: reproduce with build-fuzz/fuzz/TARGET_fuzz FILE, mend the reader, and keep
# the file, named after what it was, in tests/fuzz/corpus/TARGET. Exit status 1 where there is any.
set -eu
seconds=${1:-60}
shift $(($# > 0))
cd "$(dirname "$0")/.."
build=build-fuzz
command -v clang++ >/dev/null || {
  echo "fuzz.sh: clang++ is missing: apt-get install clang" >&2
  exit 2
}
[ -e $build/build.ninja ] || cmake --preset fuzz >/dev/null
targets=("$@")
if [ $# = 0 ]; then
  for source in tests/fuzz/*_fuzz.cpp; do
    target=${source##*/}
    targets+=("${target%_fuzz.cpp}")
  done
fi
cmake --build $build -j2 --target "${targets[@]/%/_fuzz}" >$build/fuzz-build.log || { cat $build/fuzz-build.log >&2; exit 2; }

# A finding ends a fuzzer: it goes on with what is left of its time.
fuzz() { # TARGET: its line
  local target=$1 work=$build/corpus/$1 found=$build/findings/$1 log=$build/logs/$1.log
  # LibTorch keeps what it takes at its start.
  local leaks=1
  ! grep -qE '^#include "(tensor_maps|losses|network|training|inference)/' "tests/fuzz/${target}_fuzz.cpp" || leaks=0
  local executions=0 coverage=0 begin=$SECONDS left number
  rm -rf "$work" "$found" "$log"
  mkdir -p "$work" "$found" "${log%/*}"
  local died=0 code before
  while left=$((seconds - (SECONDS - begin))) && [ $left -gt 0 ]; do
    code=0
    before=$(find "$found" -type f | wc -l)
    nice $build/fuzz/"${target}_fuzz" -max_total_time=$left -timeout=10 -rss_limit_mb=2048 \
      -max_len=8192 -detect_leaks=$leaks -print_final_stats=1 -artifact_prefix="$found/" "$work" tests/fuzz/corpus/"$target" \
      >"$log.part" 2>&1 || code=$?
    number=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log.part")
    executions=$((executions + ${number:-0}))
    number=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log.part" | sort -n | tail -1)
    [ "${number:-0}" -le $coverage ] || coverage=$number
    cat "$log.part" >>"$log"
    [ $code != 0 ] || break
    # One that ends without what it found did not run, or was killed: that is a finding, and its last.
    if [ "$(find "$found" -type f | wc -l)" = "$before" ]; then
      died=1
      { echo "exit status $code"; tail -n 50 "$log.part"; } >"$found/ended-by-itself.log"
      break
    fi
  done
  rm -f "$log.part"
  [ "$executions" -gt 0 ] && [ "$coverage" -gt 0 ] || [ "$died" = 1 ] ||
    echo "nothing was executed" >"$found/nothing-ran.log"
  number=$(find "$found" -type f | wc -l)
  printf '%-16s %5d s %10d executions %6d edges %3d findings\n' \
    "$target" $((SECONDS - begin)) $executions $coverage "$number"
}

# A fuzzer that crashes leaves its files: they lie in one folder, in memory where that can be.
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" regionwise-fuzz.XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=0:detect_odr_violation=0:quarantine_size_mb=16:malloc_context_size=8}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
mkdir -p $build/logs
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "${FUZZ_JOBS:-2}" ]; do wait -n; done
  rm -f "$build/logs/$target.line"
  fuzz "$target" | tee "$build/logs/$target.line" &
done
wait
# One that ended without its line, whatever ended it, found nothing and proves nothing.
for target in "${targets[@]}"; do
  [ -s "$build/logs/$target.line" ] || {
    mkdir -p "$build/findings/$target"
    echo "the script ended without a result" >"$build/findings/$target/no-result.log"
    echo "fuzz.sh: $target: no result" >&2
  }
done
[ -z "$(find "${targets[@]/#/$build/findings/}" -type f)" ] || {
  echo "fuzz.sh: there are findings: $build/findings" >&2
  exit 1
}
