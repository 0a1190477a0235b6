# Figure 1 from what map-slice prints, from a file or a pipe.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
plot=$REGIONWISE_SOURCE/experiments/plots/maps.gp

prepare-data phantom --patients 1 -o data.h5 --quiet
# Every fourth pixel, which is drawn sooner.
fourth='/^#/ {print; next} $1 % 4 == 0 && $2 % 4 == 0 {$1 /= 4; $2 /= 4; print}'
map-slice --map active-contour --map boundary --map rectified data.h5 | awk -F'\t' -v OFS='\t' "$fourth" >slice.tsv
gnuplot -e "input='slice.tsv'; output='file'; label='phantom, demo'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
gnuplot -e "input='-'; output='pipe'; label='phantom, demo'" "$plot" <slice.tsv
expect_same file.png pipe.png
expect_same file.svg pipe.svg
[ "$(head -c 4 file.png | tail -c 3)" = PNG ] || fail "not a PNG"
for text in "phantom, demo" "patient001_E" "(a) Label of" "(b) Active contour" "(c) Boundary (pixels)" "(d) Rectified"; do
  grep -qF "$text" file.svg || fail "\"$text\" is not in the picture"
done

cut -f1-4 slice.tsv >one.tsv
! gnuplot -e "input='one.tsv'; output='none'; label='x'" "$plot" 2>/dev/null || fail "one map of three"
! gnuplot -e "input='/dev/null'; output='none'; label='x'" "$plot" 2>/dev/null || fail "empty input"
! gnuplot -e "input='slice.tsv'; output='none'" "$plot" 2>/dev/null || fail "no label"
[ ! -e none.png ] || fail "a picture of nothing"
