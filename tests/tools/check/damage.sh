# check names what is wrong with a file, and every program that reads a damaged file ends in order.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
make_results=$(dirname "$REGIONWISE_BIN")/tests/make_results

"$make_results" run run.h5 rectified 1 0.9
"$make_results" metrics scores.h5 rectified 1 0.9
prepare-data phantom --patients 1 --seed 4 -o hearts.h5 --quiet
compute-maps --map rectified hearts.h5 -o maps.h5 --quiet
files="run.h5 scores.h5 hearts.h5 maps.h5"
check $files >out.tsv || fail "whole files: $(cat out.tsv)"
[ "$(grep -v '^#' out.tsv | cut -f 5 | sort -u)" = yes ] || fail "not sealed: $(cat out.tsv)"
[ "$(grep -v '^#' out.tsv | cut -f 3 | tr '\n' ' ')" = \
  "regionwise/run regionwise/metrics regionwise/dataset regionwise/maps " ] || fail "$(cat out.tsv)"
check $files --json | grep -q '"whole"' || fail "JSON"

# The lines beside a training.
mkdir study
(cd study && source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh" && tiny_train -o ../lines.h5)
check lines.h5.history.jsonl | grep -qP "^lines.h5.history.jsonl\tunsealed\tregionwise/history\t" || fail "a history"
head -c -20 lines.h5.history.jsonl >cut.history.jsonl
status=0
check cut.history.jsonl >out.tsv || status=$?
[ "$status" = 1 ] && grep -qP "\tdamaged\t.*line [0-9]" out.tsv || fail "a cut history: $status: $(cat out.tsv)"

# One byte, anywhere.
flip() {  # file offset
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "\\$(printf %o $((byte ^ 64)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
reads() {  # The command that reads all of a kind of file.
  case $1 in
    run.h5) echo "curves damaged.h5" ;;
    scores.h5) echo "cdf damaged.h5" ;;
    hearts.h5) echo "audit-maps --map boundary damaged.h5" ;;
    maps.h5) echo "audit-maps damaged.h5" ;;
  esac
}
RANDOM=7
for file in $files; do
  bytes=$(stat -c %s "$file")
  for _ in 1 2 3 4 5 6; do
    cp "$file" damaged.h5
    flip damaged.h5 $(((RANDOM * 32768 + RANDOM) % bytes))
    status=0
    check damaged.h5 >out.tsv 2>err.txt || status=$?
    [ "$status" = 1 ] || fail "check: exit status $status: $(cat err.txt)"
    grep -q "^damaged.h5.damaged" out.tsv || fail "$(cat out.tsv)"
  done
  # In the numbers themselves, and cut short: the programs that read them say so.
  cp "$file" damaged.h5
  flip damaged.h5 $((bytes / 2))
  expect_error 65 "damaged.h5: is not as it was written" $(reads "$file")
  head -c $((bytes / 2)) "$file" >damaged.h5
  expect_error 65 "damaged.h5" $(reads "$file")
  head -c $((bytes - 1)) "$file" >damaged.h5
  expect_error 65 "has lost its seal" $(reads "$file")
done
# So does every other program that takes such a file.
echo '{"title": "T", "reference": "rectified", "rows": [{"run": "rectified", "label": "x"}], "metrics": [{"metric": "dice", "label": "D"}]}' >spec.json
mkdir scans
while read -r file command; do
  head -c -1 "$file" >damaged.h5
  expect_error 65 "damaged.h5: has lost its seal" $command
  [ ! -e out.h5 ] || fail "$command: wrote all the same"
done <<'END'
run.h5 cdf damaged.h5
run.h5 gradients damaged.h5
run.h5 evaluate damaged.h5 --data hearts.h5 -o out.h5
run.h5 predict damaged.h5 scans -o out.h5
scores.h5 table spec.json damaged.h5
scores.h5 permtest damaged.h5 --against scores.h5
scores.h5 permtest scores.h5 --against damaged.h5
hearts.h5 compute-maps --map rectified damaged.h5 -o out.h5
hearts.h5 map-slice --map rectified damaged.h5
hearts.h5 gallery --data damaged.h5 --config study/tiny.json -o out.h5
hearts.h5 train --data damaged.h5 --config study/tiny.json -o out.h5
maps.h5 train --data hearts.h5 --maps damaged.h5 --config study/tiny.json --set loss.map={"name":"file"} -o out.h5
END
: >damaged.h5
expect_error 65 "is not an HDF5 file" curves damaged.h5

# A good file among bad ones keeps its row; a missing one is told in its own.
status=0
check damaged.h5 run.h5 missing.h5 >out.tsv || status=$?
[ "$status" = 74 ] || fail "exit status $status"
[ "$(grep -v '^#' out.tsv | cut -f 2 | tr '\n' ' ')" = "damaged whole unreadable " ] || fail "$(cat out.tsv)"
grep -q "missing.h5.*No such file" out.tsv || fail "$(cat out.tsv)"
