#!/usr/bin/env bash
# Measures which lines and branches of the libraries and programs the tests reach (build-coverage), and
# writes a row for each folder, then one for each file that has less than 90 % of its lines reached.
# Branches that only an exception takes are not counted: the compiler makes one of every call. Programs
# write their counts as they end, so what is killed or may write no more counts nothing, and tears the
# counts of others: tests that do so (label faults, file_limit, few_threads) are left out.
#   scripts/coverage.sh [test option…]     such as -R storage; LEAST: fail below so many % of lines (0)
# All numbers: build-coverage/coverage.csv; the lines: build-coverage/coverage.txt.
set -eu -o pipefail
cd "$(dirname "$0")/.."
build=build-coverage
jobs=$(nproc)
command -v gcovr >/dev/null || { echo "This needs: sudo apt-get install gcovr" >&2; exit 1; }
[ -e "$build/build.ninja" ] || cmake --preset coverage >/dev/null
cmake --build "$build" -j"$jobs"
find "$build" -name '*.gcda' -delete
# What the tests find wrong does not keep one from counting.
status=0
ctest --test-dir "$build" --output-on-failure -j"$jobs" -LE "faults|slurm" -E "file_limit|few_threads" "$@" || status=$?
gcovr --root . --object-directory "$build" --filter '(lib|tools)/' --exclude-throw-branches \
  --exclude-unreachable-branches --gcov-ignore-parse-errors --csv "$build/coverage.csv" --txt "$build/coverage.txt" \
  "$build" >/dev/null
awk -F, -v least="${LEAST:-0}" '
  NR == 1 { next }
  {
    folder = $1
    sub(/\/[^\/]*$/, "", folder)
    if (!(folder in lines)) order[++count] = folder
    lines[folder] += $2; reached[folder] += $3; branches[folder] += $5; taken[folder] += $6
    all += $2; all_reached += $3; all_branches += $5; all_taken += $6
  }
  function share(part, whole) { return whole ? sprintf("%.1f", 100 * part / whole) : "-" }
  END {
    print "folder\tlines\tlines_reached_percent\tbranches\tbranches_taken_percent"
    for (i = 1; i <= count; ++i) {
      f = order[i]
      print f "\t" lines[f] "\t" share(reached[f], lines[f]) "\t" branches[f] "\t" share(taken[f], branches[f])
    }
    print "all\t" all "\t" share(all_reached, all) "\t" all_branches "\t" share(all_taken, all_branches)
    if (100 * all_reached < least * all) {
      print "coverage.sh: less than " least " % of the lines are reached" > "/dev/stderr"
      exit 1
    }
  }' "$build/coverage.csv"
echo
awk -F, 'NR > 1 && $2 > 0 && 10 * $3 < 9 * $2 { printf "%s\t%d\t%.1f\n", $1, $2, 100 * $3 / $2 }' "$build/coverage.csv"
exit "$status"
