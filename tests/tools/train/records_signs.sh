# Recording signs changes nothing of a training, survives an interruption, and is printed and drawn.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
boundary=(--set 'loss={"name":"region-wise","map":{"name":"boundary"}}' --set epochs=3)

tiny_train "${boundary[@]}" -o plain.h5
tiny_train "${boundary[@]}" --record-signs 1,3 -o signs.h5
expect_same_hdf5 plain.h5 signs.h5 /weights /optimizer /history
cp signs.h5 whole.h5
! tiny_train "${boundary[@]}" --record-signs 1,3 --max-iterations 4 --force -o signs.h5 2>/dev/null || fail "not interrupted"
[ -e signs.h5.unfinished ] || fail "no checkpoint"
tiny_train "${boundary[@]}" --record-signs 1,3 --force -o signs.h5
expect_same_hdf5 whole.h5 signs.h5 /weights /signs

gradients signs.h5 >signs.tsv
pixels=$(grep -vc '^#' signs.tsv)
[ "$(awk -F '\t' '!/^#/ { print $3 }' signs.tsv | sort -u | tr '\n' ' ')" = "1 3 " ] || fail "epochs"
[ "$(awk -F '\t' '!/^#/ { print $4, $5 }' signs.tsv | sort -u | wc -l)" = 4 ] || fail "not four slices"
[ "$(gradients signs.h5 --slices 2 | grep -vc '^#')" -lt "$pixels" ] || fail "--slices"
awk -F '\t' '!/^#/ && ($9 < 0 || $9 > 3 || $8 < 0 || $8 > 3)' signs.tsv | head -1 | grep . && fail "counts out of range"
awk -F '\t' '/^# totals: tiny/ { ++n; if ($8 <= 0 || $8 >= 1) exit 1 } END { exit n != 2 }' signs.tsv ||
  fail "a boundary map has wrong signs in some pixels: $(grep '^# totals' signs.tsv)"
if command -v gnuplot >/dev/null; then
  gnuplot -e "input='signs.tsv'; output='f'; label='phantom, demo'" "$REGIONWISE_SOURCE/experiments/plots/signs.gp" 2>plot.txt || fail "$(cat plot.txt)"
  [ -s f.png ] && grep -q "epoch 3" f.svg || fail "no picture"
  for name in background RV M LV "1 (correct)"; do
    [ "$(grep -cF ">$name<" f.svg)" = 1 ] || fail "the key lacks $name"
  done
fi

# A rectified map has exactly one negative entry everywhere.
tiny_train --record-signs 1 -o rectified.h5
gradients rectified.h5 | awk -F '\t' '!/^#/ && $9 != 1' | head -1 | grep . && fail "a rectified map with another count than one"

expect_error 2 "--record-signs" train --data hearts.h5 --config tiny.json --set 'loss={"name":"dice"}' --record-signs 1 -o x.h5
expect_error 2 "--record-signs" train --data hearts.h5 --config tiny.json --record-signs 99 -o x.h5
expect_error 2 "--record-signs" train --data hearts.h5 --config tiny.json --record-signs 0 -o x.h5
for list in 1,1 1,2,1 "1 --record-signs 1"; do
  expect_error 2 "--record-signs: epoch 1 stands twice" train --data hearts.h5 --config tiny.json --record-signs $list -o x.h5
done
expect_error 2 "the epochs 1 to 2, not 3" train --data hearts.h5 --config tiny.json --set epochs=2 --record-signs 1,3 -o x.h5
[ ! -e x.h5.unfinished ] || fail "it began to train"
expect_error 2 "an entry between the commas is missing" train --data hearts.h5 --config tiny.json --record-signs 1,,2 -o x.h5
expect_error 65 "holds no sign counts" gradients plain.h5
for option in "--z 1,2,3" "--class 0" "--softmax -" "--points 3" --cross-entropy; do
  expect_error 2 "${option%% *}" gradients signs.h5 $option
done
expect_error 2 "an entry between the commas is missing" gradients --z 1,,2,3

# A run that diverged before the first record is left out, and named.
train --data hearts.h5 --config tiny.json --seed 2 --threads 1 "${boundary[@]}" --set epochs=20 --set optimizer.learning-rate=1e30 \
  --record-signs 20 -o diverged.h5 2>diverged.txt || fail "$(cat diverged.txt)"
gradients signs.h5 diverged.h5 >left.tsv
grep -q "^# left out, having failed before the first record: tiny, seed 2: diverged" left.tsv || fail "$(grep '^#' left.tsv)"
expect_same <(grep -v '^#' signs.tsv) <(grep -v '^#' left.tsv)
expect_error 65 "no run got as far as the first record of signs (tiny, seed 2: diverged" gradients diverged.h5
