# A training that loses its classes is marked; what then is asked for, happens.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
bad() { train --data hearts.h5 --config tiny.json --threads 1 --set optimizer.learning-rate=1e-9 --set validation.every=1 "$@" 2>messages.txt; }

bad --seed 1 -o bad.h5 || fail "a failed run is a result: exit status $?"
grep -q "train: warning: bad.h5: failed to converge (.*lost since epoch" messages.txt || fail "$(cat messages.txt)"
h5dump -a /outcome/reason bad.h5 | grep -Eq 'dead-class|background-collapse' || fail "no mark"
status=0
bad --seed 2 --expect-convergence -o bad2.h5 || status=$?
[ "$status" = 1 ] || fail "exit status $status"
cp bad2.h5 before.h5
status=0
bad --seed 2 --expect-convergence -o bad2.h5 || status=$?
[ "$status" = 1 ] || fail "again: exit status $status: $(cat messages.txt)"
expect_same before.h5 bad2.h5
status=0
bad --seed 3 --expect-convergence -o bad2.h5 || status=$?
[ "$status" != 0 ] && [ "$status" != 1 ] || fail "another job's file was taken for this one's"

# Given up on request alone, and said so.
bad --seed 1 --set epochs=6 --set failure.stop-after=3 -o all.h5
[ "$(h5dump -a /epoch all.h5 | grep -c '(0): 6')" = 1 ] || fail "it stopped without being told"
bad --seed 1 --set epochs=6 --set failure.stop-after=3 --stop-failed -o early.h5
[ "$(h5dump -a /epoch early.h5 | grep -c '(0): 3')" = 1 ] || fail "it did not stop"
grep -q "stopped early" messages.txt || fail "$(cat messages.txt)"
# Giving up is part of the job: neither file is the other command's.
long() { bad --seed 1 --set epochs=6 --set failure.stop-after=3 --expect-convergence "$@"; }
for wrong in "-o early.h5" "--stop-failed -o all.h5"; do
  status=0
  long $wrong || status=$?
  [ "$status" = 2 ] && grep -q "was trained with another request" messages.txt || fail "$wrong: $status: $(cat messages.txt)"
done
for right in "--stop-failed -o early.h5" "-o all.h5"; do
  status=0
  long $right || status=$?
  [ "$status" = 1 ] || fail "$right: $status: $(cat messages.txt)"
done
cdf early.h5 | grep -q "tiny: 1 of 1 marked failed" || fail "not counted"
curves early.h5 | grep -q "^# tiny: 1 of 1 finished runs failed to converge (seed 1 .* lost since epoch 1" || fail "not named: $(curves early.h5)"

# Tables refuse it, and say what was replaced; distributions count it.
bad --seed 5 --replaces bad.h5 --replaces bad2.h5 -o third.h5
h5dump -d /replaced_seeds third.h5 | grep -q '(0): 1, 2' || fail "no replaced seeds"
evaluate bad.h5 --data hearts.h5 --no-mirroring -o bad.m.h5 --quiet >/dev/null
evaluate third.h5 --data hearts.h5 --no-mirroring -o third.m.h5 --quiet >/dev/null
predict bad.h5 hearts.nii.gz -o nowhere 2>stderr.txt || true
grep -q "^predict: warning: bad.h5: failed to converge (.*); its segmentations show it$" stderr.txt || fail "predict: $(cat stderr.txt)"
echo '{"title": "t", "reference": "tiny", "rows": [{"run": "tiny", "label": "L_x"}], "metrics": [{"metric": "dice", "label": "Dice"}]}' >spec.json
expect_error 65 "bad.m.h5: its run failed to converge" table spec.json bad.m.h5
table spec.json third.m.h5 --keep-failed --format md >kept.md
grep -q 'replaced by the next seed: L<sub>x</sub> 2\.' kept.md || fail "$(cat kept.md)"
grep -q 'are in these numbers: L<sub>x</sub> 1\.' kept.md || fail "$(cat kept.md)"
cdf bad.m.h5 third.m.h5 >cdf.tsv
grep -q "^# tiny: 2 of 2 marked failed" cdf.tsv || fail "$(cat cdf.tsv)"

tiny_train -o good.h5 --set failure.dice-below=0
expect_error 65 "it has not failed" train --data hearts.h5 --config tiny.json --set failure.dice-below=0 --seed 9 --replaces good.h5 -o x.h5
expect_error 2 "failure" train --data hearts.h5 --config tiny.json --set failure.dice-below=2 -o x.h5
expect_error 2 "failure" train --data hearts.h5 --config tiny.json --set failure.banana=2 -o x.h5
