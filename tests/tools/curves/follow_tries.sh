# curves --follow finds trainings that run by their histories, and models of tables by their tries.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

# What has begun is found by its history, which a shell's pattern matches, and a model of a table by its
# tries: a try that replaces another is shown from its start, a try and the model once.
lines_of() { awk -F '\t' -v seed="$2" '!/^#/ && $2 == seed { print $4 }' "$1" | tr '\n' ' '; }
wait_for() { for ((i = 0; i < 400; ++i)); do if eval "$1"; then return; fi; sleep 0.05; done; fail "$1"; }
tries() { train --data hearts.h5 --config tiny.json --threads 1 --quiet --set validation.every=1 "$@"; }
mkdir -p table
tries --set iterations-per-epoch=12 --seed 1 -o table/model-1.seed-1.run.h5 &
trainer=$!
wait_for '[ -e table/model-1.seed-1.run.h5.history.jsonl ]'
[ ! -e table/model-1.seed-1.run.h5 ] || fail "trained before it was watched"
curves --follow table/*.history.jsonl --interval 0.1 >by_history.tsv &
by_history=$!
curves --follow table/model-1.run.h5 table/model-1.seed-1.run.h5 --interval 0.1 >by_model.tsv &
by_model=$!
wait "$trainer"
wait "$by_history" || fail "exit status $?"
[ "$(lines_of by_history.tsv 1)" = "1 2 " ] || fail "$(cat by_history.tsv)"
wait_for '[ "$(lines_of by_model.tsv 1)" = "1 2 " ]'
tries --seed 1001 -o table/model-1.seed-1001.run.h5
wait_for '[ "$(lines_of by_model.tsv 1001)" = "1 2 " ]'
kill -0 "$by_model" || fail "it did not wait for the model"
ln table/model-1.seed-1001.run.h5 table/model-1.run.h5
wait "$by_model" || fail "exit status $?"
[ "$(grep -vc '^#' by_model.tsv)" = 4 ] || fail "a line twice: $(cat by_model.tsv)"
grep -q "^# table/model-1.run.h5: tiny, seed 1001: failed to converge: background-collapse: .* lost since epoch 1$" by_model.tsv ||
  fail "no word on the failure: $(cat by_model.tsv)"
curves --follow table/model-1.run.h5 table/model-1.seed-1001.run.h5 >twice.tsv
[ "$(grep -vc '^#' twice.tsv)" = 2 ] || fail "one training under two names: $(cat twice.tsv)"

# Trained anew with --force, from its start; a file that vanishes is waited for.
tries --seed 1 -o again.h5
curves --follow again.h5 none.h5 --interval 0.1 >again.tsv &
watcher=$!
wait_for '[ "$(lines_of again.tsv 1)" = "1 2 " ]'
tries --seed 1 --set iterations-per-epoch=12 --force -o again.h5
wait_for '[ "$(lines_of again.tsv 1)" = "1 2 1 2 " ]'
rm again.h5 again.h5.history.jsonl
sleep 0.3
kill -0 "$watcher" || fail "a file that vanished ends it"
tries --seed 3 -o again.h5
wait_for '[ "$(lines_of again.tsv 3)" = "1 2 " ]'
ln again.h5 none.h5
wait "$watcher" || fail "exit status $?"
expect_error 2 "nothing matches yet" curves --follow 'nowhere/*.history.jsonl'
status=0
timeout 10 curves --follow '' 2>stderr.txt || status=$?
[ "$status" = 2 ] || fail "an empty name: exit status $status"
expect_error 2 "an empty name" curves --follow ''

# The last try failed, and nothing follows.
mkdir failed
cp table/model-1.seed-1001.run.h5 failed/m.seed-1001.run.h5
touch -d "1 hour ago" failed/m.seed-1001.run.h5
status=0
curves --follow failed/m.run.h5 --interval 0.1 >failed.tsv 2>stderr.txt || status=$?
[ "$status" = 75 ] || fail "exit status $status"
grep -q "^curves: error: failed/m.run.h5: the last try (seed 1001) failed to converge: background-collapse: " stderr.txt || fail "$(cat stderr.txt)"
grep -q "^# failed/m.run.h5: tiny, seed 1001: failed to converge: background-collapse: " failed.tsv || fail "$(cat failed.tsv)"
if grep -q "given up" failed.tsv stderr.txt; then fail "$(cat failed.tsv)"; fi
