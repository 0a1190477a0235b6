# What cdf prints becomes a picture, from a file or a pipe.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
make_results=$REGIONWISE_BIN/../tests/make_results
plot=$REGIONWISE_SOURCE/experiments/plots/cdf.gp

for seed in 0 2 4 6 8; do
  "$make_results" metrics "a$seed.h5" rectified "$seed" 0.93
  "$make_results" metrics "b$seed.h5" boundary "$seed" 0.6
done
cdf a?.h5 b?.h5 >cdf.tsv
gnuplot -e "input='cdf.tsv'; output='file'; label='phantom, demo'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
cdf a?.h5 b?.h5 | gnuplot -e "input='-'; output='pipe'; label='phantom, demo'" "$plot"
expect_same file.png pipe.png
expect_same file.svg pipe.svg
[ "$(head -c 4 file.png | tail -c 3)" = PNG ] || fail "not a PNG"
for text in "phantom, demo" "rectified (n = 5)" "boundary (n = 5)" "95 % confidence band" "Dice coefficient"; do
  grep -qF "$text" file.svg || fail "\"$text\" is not in the picture"
done
cdf a0.h5 --metric hausdorff | gnuplot -e "input='-'; output='one'; label='phantom, demo'" "$plot"
grep -qF "Hausdorff distance" one.svg || fail "the axis does not name the metric"

# Nothing to draw, or no label: a message, and no picture.
! gnuplot -e "input='/dev/null'; output='none'; label='phantom, demo'" "$plot" 2>/dev/null || fail "empty input"
! gnuplot -e "input='cdf.tsv'; output='none'" "$plot" 2>/dev/null || fail "no label"
[ ! -e none.png ] || fail "a picture of nothing"
