# curves --follow watches a training from before it begins to its end, and ends with it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

tiny_train -o plain.h5
curves --follow run.h5 --interval 0.1 --by-class >lines.tsv &
watcher=$!
sleep 0.3
kill -0 "$watcher" || fail "it did not wait for the training"
tiny_train --set epochs=4 --set validation.every=1 -o run.h5
wait "$watcher" || fail "exit status $?"
[ "$(grep -vc '^#' lines.tsv)" = 12 ] || fail "not each of 4 validations of 3 classes: $(cat lines.tsv)"
curves run.h5 --by-class | grep -v '^#' | awk -F '\t' '{ print $1 "\t1\t" $2 "\t" $3 "\t" $4 }' | sort >expected.tsv
grep -v '^#' lines.tsv | sort >found.tsv
expect_same expected.tsv found.tsv

# The history beside the run has a line an epoch, for other programs.
[ "$(wc -l <run.h5.history.jsonl)" = 5 ] || fail "$(cat run.h5.history.jsonl)"

# A watched training ends with the same bytes as one that nobody watches.
rm plain.h5.history.jsonl
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
  COLUMNS=80 script -qec "stty cols 80 rows 30; curves --follow run.h5 plain.h5" /dev/null >drawn.txt </dev/null
  grep -q "validation dice" drawn.txt || fail "no chart: $(cat drawn.txt)"
  grep -q "tiny, seed 1: epoch 4/4, finished, failed to converge: " drawn.txt || fail "no state: $(cat drawn.txt)"
else
  note_skipped "script (bsdutils) or gnuplot is not installed: the chart"
fi

# A reader that leaves ends it; bad files and intervals are said.
timeout 20 bash -c 'curves --follow none.h5 run.h5 --interval 0.1 | head -1 >/dev/null; true' || fail "a closed pipe keeps it"
expect_error 2 "--interval" curves --follow run.h5 --interval 0
expect_error 2 "--json" curves --follow run.h5 --json
echo '{"run": 1}' >broken.h5.history.jsonl
expect_error 65 "broken.h5.history.jsonl" curves --follow broken.h5 --metric dice
expect_error 2 "expected 0.1 to 86400 seconds" curves --follow run.h5 --interval inf
expect_error 2 "--interval requires --follow" curves run.h5 --interval 5
