#!/usr/bin/env bash
# Says once each what the tests of a ctest log skipped or did with less, and why: ctest shows nothing of
# tests that pass. Usage: scripts/skipped_tests.sh build/Testing/Temporary/LastTest.log
set -eu
[ -r "${1-}" ] || { echo "$0: error: ${1:-no log}: no such file" >&2; exit 74; }
awk '
  function note(reason) {
    if (!(reason in tests)) order[++count] = reason
    if (index(tests[reason], " " name ",") == 0) tests[reason] = tests[reason] " " name ","
  }
  /^[0-9]+\/[0-9]+ Testing: / { name = $3; skipped = 0 }
  skipped { note($0); skipped = 0; next }
  /^SKIPPED: / { note(substr($0, 10)) }
  /^\[ NOTE     \] / { note(substr($0, 14)) }
  /: Skipped$/ { skipped = 1 }
  END {
    if (count == 0) { print "No test was skipped."; exit }
    print "Skipped, or tested less, because:"
    for (i = 1; i <= count; ++i) print "  " order[i] " (" substr(tests[order[i]], 2, length(tests[order[i]]) - 2) ")"
  }' "$1"
