# A model that fails to converge is kept, and another trained in its place; killed anywhere, it goes on.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
again() { "$REGIONWISE_SOURCE/scripts/train_until_converged.sh" "$@" 2>messages.txt; }

# A stand-in that fails for the seeds in bad.txt, as `train --expect-convergence` does.
cat >stand-in <<'STANDIN'
#!/usr/bin/env bash
echo "$*" >>calls.txt
[[ $* =~ --seed\ ([0-9]+) ]] && seed=${BASH_REMATCH[1]}
output=${*: -1}
[ ! -e stop ] || exit 75
if [[ $* != *--force* ]]; then
  [ "$(cat "$output")" = "seed $seed $(cat settings)" ] && exit 1 || exit 74
fi
echo "seed $seed $(cat settings)" >"$output"
touch "$output.history.jsonl"
! grep -qx "$seed" bad.txt || exit 1
STANDIN
chmod +x stand-in
echo one >settings
printf '2\n5\n' >bad.txt
again 3 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
[ "$(cat m.run.h5)" = "seed 8 one" ] || fail "$(cat m.run.h5)"
[ "$(cat m.failed-seed-2.run.h5 m.failed-seed-5.run.h5)" = "seed 2 one
seed 5 one" ] || fail "the failed ones are not kept"
tail -1 calls.txt | grep -q -- "--seed 8 --replaces m.failed-seed-2.run.h5 --replaces m.failed-seed-5.run.h5" || fail "$(cat calls.txt)"

# Killed after the first failure: what failed is not trained again.
rm m.run.h5 m.failed-seed-5.run.h5
touch stop
: >calls.txt
status=0
again 3 2 m.run.h5 ./stand-in || status=$?
[ "$status" = 75 ] || fail "exit status $status"
rm stop
echo "seed 2 one" >m.failed-seed-2.run.h5
: >calls.txt
again 3 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
[ "$(grep -c -- '--seed 2 .*--force' calls.txt)" = 0 ] || fail "trained again: $(cat calls.txt)"
[ "$(cat m.run.h5)" = "seed 8 one" ] || fail "$(cat m.run.h5)"

# Other settings: all is trained anew.
echo two >settings
again 3 2 m.run.h5 ./stand-in || fail "$(cat messages.txt)"
[ "$(cat m.failed-seed-2.run.h5 m.run.h5)" = "seed 2 two
seed 8 two" ] || fail "an old failure stays"
seq 1 100 >bad.txt
status=0
again 3 1 n.run.h5 ./stand-in || status=$?
[ "$status" = 75 ] && grep -q "5 runs failed to converge, the last with seed 13" messages.txt || fail "$status: $(cat messages.txt)"
status=0
again 3 1 || status=$?
[ "$status" = 2 ] || fail "exit status $status"

# The real program: a rule that calls every training failed but those of a lucky seed cannot be had, so
# here a run that failed is replaced by one under the same settings, which fails as well.
hopeless=(train --data hearts.h5 --config tiny.json --threads 1 --quiet --set optimizer.learning-rate=1e-9)
status=0
again 2 1 real.run.h5 "${hopeless[@]}" || status=$?
[ "$status" = 75 ] || fail "exit status $status: $(cat messages.txt)"
[ "$(h5dump -d /replaced_seeds real.failed-seed-5.run.h5 | grep -c '(0): 1, 3')" = 1 ] || fail "not recorded"
cp real.failed-seed-1.run.h5 before.h5
again 2 1 real.run.h5 "${hopeless[@]}" || true
expect_same before.h5 real.failed-seed-1.run.h5
# Once trainings converge the failures of other settings go.
again 2 1 real.run.h5 train --data hearts.h5 --config tiny.json --threads 1 --quiet --set failure.dice-below=0 ||
  fail "$(cat messages.txt)"
[ ! -e real.failed-seed-1.run.h5 ] || fail "a failure of other settings stays"
