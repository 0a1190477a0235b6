# curves --follow watches a training from before it begins to its end, and ends with it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

tiny_train -o plain.h5
curves --follow run.h5 --interval 0.1 --by-class >lines.tsv &
watcher=$!
sleep 0.3
kill -0 "$watcher" || fail "it did not wait for the training"
grep -qx '# run.h5: waiting for its first epoch' lines.tsv || fail "does not say what it waits for: $(cat lines.tsv)"
tiny_train --set epochs=4 --set validation.every=1 -o run.h5
wait "$watcher" || fail "exit status $?"
[ "$(grep -vc '^#' lines.tsv)" = 12 ] || fail "not each of 4 validations of 3 classes: $(cat lines.tsv)"
curves run.h5 --by-class | grep -v '^#' | awk -F '\t' '{ print $1 "\t1\t" $2 "\t" $3 "\t" $4 }' | sort >expected.tsv
grep -v '^#' lines.tsv | cut -f 1-5 | sort >found.tsv
expect_same expected.tsv found.tsv

# The history beside the run has a line an epoch, for other programs.
[ "$(wc -l <run.h5.history.jsonl)" = 5 ] || fail "$(cat run.h5.history.jsonl)"

# A watched training ends with the same bytes as one that nobody watches.
rm plain.h5.history.jsonl
cp plain.h5 plain2.h5
mkdir watched
ln -s ../hearts.h5 ../tiny.json watched/
(cd watched && curves --follow plain.h5 --interval 0.1 >/dev/null & cd watched && tiny_train -o plain.h5 && wait)
expect_same plain.h5 watched/plain.h5

# A training that was interrupted goes on, and so does its history.
! tiny_train --set validation.every=1 --max-iterations 4 -o cut.h5 2>/dev/null || fail "not interrupted"
[ "$(wc -l <cut.h5.history.jsonl)" = 2 ] || fail "$(cat cut.h5.history.jsonl)"
tiny_train --set validation.every=1 -o cut.h5
[ "$(wc -l <cut.h5.history.jsonl)" = 3 ] || fail "$(cat cut.h5.history.jsonl)"

# On a terminal it draws, and says how far each training is.
if command -v script >/dev/null && command -v gnuplot >/dev/null; then
  mkdir "a user's"
  COLUMNS=80 script -qec "stty cols 80 rows 30; curves --follow run.h5 plain.h5" /dev/null >drawn.txt </dev/null
  grep -q "validation dice" drawn.txt || fail "no chart: $(cat drawn.txt)"
  COLUMNS=80 TMPDIR="$PWD/a user's" script -qec "curves --follow run.h5" /dev/null >quoted.txt </dev/null
  grep -q "validation dice" quoted.txt || fail "no chart: $(cat quoted.txt)"
  [ -z "$(ls "a user's")" ] || fail "left behind: $(ls "a user's")"
  grep -q "tiny, seed 1, run.h5: epoch 4/4, finished, failed to converge: " drawn.txt || fail "no state: $(cat drawn.txt)"
  # A training that gave up was to be longer.
  tiny_train --set epochs=4 --set validation.every=1 --set 'failure={"stop-after": 2, "validations": 2, "dice-below": 0.9}' \
    --stop-failed -o stopped.h5
  script -qec "stty cols 80 rows 30; curves --follow stopped.h5" /dev/null >stopped.txt </dev/null
  grep -q "^tiny, seed 1: epoch 2/4, finished, failed" stopped.txt || fail "$(cat stopped.txt)"
  # Two trainings of one name and seed are two curves; a mean of what are no seeds says so.
  grep -q "tiny, seed 1, run.h5" drawn.txt && grep -q "tiny, seed 1, plain.h5" drawn.txt || fail "$(cat drawn.txt)"
  for seed in {2..10}; do "$REGIONWISE_BIN/../tests/make_results" run seed-$seed.h5 tiny $seed 0.9; done
  script -qec "stty cols 80 rows 30; curves --follow seed-*.h5" /dev/null >seeds.txt </dev/null
  grep -q "… 9 trainings, 9 finished" seeds.txt || fail "$(cat seeds.txt)"
  ! grep "no seeds of one" seeds.txt || fail "said of seeds"
  script -qec "stty cols 80 rows 30; curves --follow seed-?.h5 run.h5" /dev/null >means.txt </dev/null
  ! grep "no seeds of one" means.txt || fail "said of curves of two splits: $(cat means.txt)"
  cp seed-2.h5 twice.h5
  script -qec "stty cols 80 rows 30; curves --follow seed-?.h5 twice.h5" /dev/null >means.txt </dev/null
  grep -q "^twice.h5: tiny with seed 2 is also in seed-2.h5: both count" means.txt || fail "not said: $(cat means.txt)"
  for seed in 1 2 3; do
    echo '{"run": "short", "seed": '$seed', "epochs": '$seed', "dataset": "d", "split_hash": "s", "classes": ["b", "c"]}
{"epoch": 1, "training": {"loss": 1}, "validation": {"dice": {"c": 0.5}}}' >short-$seed.h5.history.jsonl
    touch -d "1 hour ago" short-$seed.h5.history.jsonl
  done
  script -qc "stty cols 80 rows 30; curves --follow seed-?.h5 short-1.h5 short-2.h5 short-3.h5" /dev/null >means.txt </dev/null
  grep -q "^short-2.h5: its configuration differs from that of short-1.h5 in /epochs" means.txt || fail "not said: $(cat means.txt)"
else
  note_skipped "script (bsdutils) or gnuplot is not installed: the chart"
fi

# A reader that leaves ends it; bad files and intervals are said.
timeout 20 bash -c 'curves --follow none.h5 run.h5 --interval 0.1 | head -1 >/dev/null; true' || fail "a closed pipe keeps it"
expect_error 2 "--interval" curves --follow run.h5 --interval 0
expect_error 2 "--json" curves --follow run.h5 --json
# ends STATUS TEXT COMMAND…: its lines and the one error at the end hold TEXT.
ends() {
  local expected=$1 text=$2 status=0
  shift 2
  timeout 20 "$@" >ended.tsv 2>ended.txt || status=$?
  [ "$status" = "$expected" ] || fail "exit status $status, expected $expected: $* ($(cat ended.tsv ended.txt))"
  grep -q "^# .*$text" ended.tsv || fail "\"$text\" is not in: $(cat ended.tsv)"
  [ "$(grep -c "error: .*$text" ended.txt)" = 1 ] && [ "$(wc -l <ended.txt)" = 1 ] || fail "$(cat ended.txt)"
}
# A bad history does not end the watching of others, nor does one without the metric.
echo '{"run": 1}' >broken.h5.history.jsonl
ends 65 broken.h5.history.jsonl curves --follow broken.h5 run.h5 --by-class
expect_same <(grep -v '^#' ended.tsv | cut -f 1-5 | sort) expected.tsv
"$REGIONWISE_BIN/../tests/make_results" run other.h5 tiny 1 0.9
ends 65 'run.h5: its validations did not measure "hausdorff" per class (--metric: dice)' curves --follow run.h5 other.h5 --metric hausdorff
[ "$(grep -vc '^#' ended.tsv)" = 10 ] || fail "$(cat ended.tsv)"
# A training that nobody writes any more is given up once it has stood still, and not while somebody does.
! tiny_train --set validation.every=1 --max-iterations 4 -o left.h5 2>/dev/null || fail "not interrupted"
touch -d '1 hour ago' left.h5.history.jsonl
ends 75 'given up' curves --follow left.h5 run.h5
[ "$(grep -vc '^#' ended.tsv)" = 5 ] || fail "$(cat ended.tsv)"
! timeout 1 curves --follow left.h5 --patience 7200 >/dev/null || fail "patience does nothing"
! timeout 1 flock -o left.h5.lock timeout 3 curves --follow left.h5 --interval 0.1 >/dev/null || fail "given up under a writer"
rm -f left.h5.lock
# A finished run is read once: bytes changed behind its back, at its old time, go unnoticed.
curves --follow plain.h5 none.h5 --interval 0.1 >once.tsv 2>once.txt &
watcher=$!
for ((i = 0; i < 100; ++i)); do if grep -q '^tiny' once.tsv; then break; fi; sleep 0.05; done
touch -r plain.h5 time
dd if=/dev/zero of=plain.h5 bs=64 count=1 conv=notrunc status=none
touch -r time plain.h5
sleep 0.5
[ "$(grep -c plain.h5: once.tsv)" = 1 ] || fail "read anew: $(cat once.tsv)"
ln run.h5 none.h5
wait "$watcher" || fail "exit status $?: $(cat once.txt)"
# Runs of one name and seed are told apart by their files, runs of several data sets by those.
[ "$(curves --follow run.h5 plain2.h5 | awk -F '\t' '!/^#/ { print $8 }' | sort -u | tr '\n' ' ')" = "plain2.h5 run.h5 " ] ||
  fail "$(curves --follow run.h5 plain2.h5)"
curves --follow run.h5 other.h5 >mixed.tsv
[ "$(awk -F '\t' '!/^#/ { print $6, $7 }' mixed.tsv | sort -u | wc -l)" = 2 ] || fail "$(cat mixed.tsv)"
expect_error 65 "do not compare" curves run.h5 other.h5
expect_error 2 "expected 0.1 to 86400 seconds" curves --follow run.h5 --interval inf
expect_error 2 "--patience 0: expected 1 to 86400 seconds" curves --follow run.h5 --patience 0
expect_error 2 "--interval requires --follow" curves run.h5 --interval 5
