# A disk that fails to give what is read is no damaged file: exit status 74, whoever reads, HDF5 or what
# goes past it; nothing passes over it. And nothing that is read needs /proc/self.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tests=$(dirname "$REGIONWISE_BIN")/tests
faults=$tests/libfaults.so
"$tests/make_results" metrics scores.h5 rectified 1 0.9

# fails_at_every_read FILE COMMAND…: from its first read on, from its second, and so on.
fails_at_every_read() {
  local file=$1 at=0 reads status
  shift
  # A fault that never comes counts.
  FAULT_PATH=$file FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults "$@" >/dev/null
  reads=$(cat calls.txt)
  [ "$reads" -gt 4 ] || fail "$reads reads are seen: $*"
  while at=$((at + 1 + reads / 25)) && [ "$at" -le "$reads" ]; do
    status=0
    FAULT_PATH=$file FAULT=unread FAULT_AT=$at LD_PRELOAD=$faults "$@" >/dev/null 2>err.txt || status=$?
    [ "$status" = 74 ] || fail "read $at of $reads: exit status $status: $* ($(cat err.txt))"
    [ "$(grep -c 'error: ' err.txt)" = 1 ] || fail "read $at of $reads: not one line: $(cat err.txt)"
    grep -q "error: .*$file.*Input/output error" err.txt || fail "read $at of $reads: $(cat err.txt)"
  done
}
fails_at_every_read scores.h5 cdf scores.h5
fails_at_every_read hearts.h5 audit-maps --map rectified hearts.h5 --threads 1

# What looks at files says so in a row, and calls no file damaged.
for program in check verify; do
  FAULT_PATH=scores.h5 FAULT=unread FAULT_AT=1000000 FAULT_COUNT=calls.txt LD_PRELOAD=$faults $program scores.h5 >/dev/null
  reads=$(cat calls.txt)
  for at in 1 2 3 $((reads / 2)) "$reads"; do
    status=0
    FAULT_PATH=scores.h5 FAULT=unread FAULT_AT=$at LD_PRELOAD=$faults $program scores.h5 >out.tsv 2>err.txt || status=$?
    [ "$status" = 74 ] || fail "$program, read $at of $reads: exit status $status: $(cat out.tsv err.txt)"
    grep -qP "^scores.h5\tunreadable\t.*Input/output error" out.tsv || fail "$program, read $at of $reads: $(cat out.tsv)"
    ! grep -v '^#' out.tsv | grep -q damaged || fail "$program, read $at of $reads: $(cat out.tsv)"
  done
done

for command in "cdf scores.h5" "audit-maps --map rectified hearts.h5" \
  "train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet --force -o run.h5"; do
  FAULT=noproc LD_PRELOAD=$faults $command >/dev/null || fail "without /proc/self: $command"
done
