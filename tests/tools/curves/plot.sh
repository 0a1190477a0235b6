# What curves prints becomes a picture, from a file or a pipe.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
make_results=$REGIONWISE_BIN/../tests/make_results
plot=$REGIONWISE_SOURCE/experiments/plots/curves.gp

for seed in 0 1 2; do
  "$make_results" run "a$seed.h5" rectified "$seed" 0.93
  "$make_results" run "b$seed.h5" dice-boundary "$seed" 0.8
done
curves a?.h5 b?.h5 >curves.tsv
gnuplot -e "input='curves.tsv'; output='file'; label='phantom, demo'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
curves a?.h5 b?.h5 | gnuplot -e "input='-'; output='pipe'; label='phantom, demo'" "$plot"
expect_same file.png pipe.png
expect_same file.svg pipe.svg
for text in "phantom, demo" "mean over classes and 3 runs" "rectified" "dice-boundary" "Dice coefficient"; do
  grep -qF "$text" file.svg || fail "\"$text\" is not in the picture"
done
curves a0.h5 --metric hausdorff --by-class |
  gnuplot -e "input='-'; output='one'; label='phantom, demo'" "$plot"
grep -qF "rectified, LV" one.svg || fail "a curve per class"
grep -qF "classes without a value left out" one.svg || fail "does not say what it leaves out"
# Undefined points: before the first value, amid others, and a curve that has nothing else.
awk -F '\t' -v OFS='\t' '!/^#/ && ($3 < 3 || $3 == 6 || $1 == "dice-boundary") { $4 = $5 = $6 = $7 = "nan"; $8 = 0; $10 = 6 } { print }' \
  curves.tsv >gaps.tsv
gnuplot -e "input='gaps.tsv'; output='gaps'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "$(cat stderr.txt)"
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
if grep -qF dice-boundary gaps.svg; then fail "a curve without a value"; fi
awk -F '\t' -v OFS='\t' '!/^#/ { $4 = $5 = $6 = $7 = "nan" } { print }' curves.tsv |
  gnuplot -e "input='-'; output='none'; label='phantom, demo'" "$plot" 2>/dev/null && fail "no value at all"
! gnuplot -e "input='/dev/null'; output='none'; label='phantom, demo'" "$plot" 2>/dev/null || fail "empty input"
[ ! -e none.png ] || fail "a picture of nothing"
# Names are no markup, blanks in them and quotes in a path are nothing special; every curve has its own colour and dash.
awk -F '\t' -v OFS='\t' '/^#/ { print; next } $1 == "rectified" { for (g = 1; g <= 12; ++g) { $1 = "name " g " of_x {b}"; print } }' curves.tsv |
  sort -s -t "$(printf '\t')" -k 1,1 >"it's.tsv"
gnuplot -e "input=\"it's.tsv\"; output='named'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "$(cat stderr.txt)"
for ((g = 1; g <= 12; ++g)); do grep -qF "<text>name $g of_x {b}</text>" named.svg || fail "curve $g is not in the key"; done
awk -F '\t' -v OFS='\t' '/^#/ { print; next } $3 == 1 { for (g = 1; g <= 18; ++g) { $1 = $1 g; print } }' curves.tsv >many.tsv
! gnuplot -e "input='many.tsv'; output='none'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "36 curves"
[ "$(wc -l <stderr.txt)" = 1 ] && grep -q "36 curves, more than the 35 that can be told apart" stderr.txt || fail "$(cat stderr.txt)"
[ ! -e none.png ] || fail "a picture of what cannot be told apart"

# Of 8 runs and more the band is the quartiles, which one run that fails does not stretch; of fewer, and of a
# table of an older program, it is the range.
grep -qF "(shaded: range)" file.svg || fail "the band of 3 runs is not the range"
for seed in 3 4 5 6 7 8 9; do "$make_results" run "a$seed.h5" rectified "$seed" 0.93; done
"$make_results" run fails.h5 rectified 10 0
curves a?.h5 fails.h5 >quartiles.tsv
awk -F '\t' '!/^#/ && !($6 <= $11 && $11 <= $12 && $12 <= $7) { print; bad = 1 } END { exit bad }' quartiles.tsv || fail "quartiles"
cut -f 1-10 quartiles.tsv >older.tsv
curves a?.h5 fails.h5 b?.h5 >mixed.tsv
for name in quartiles older mixed; do
  gnuplot -e "input='$name.tsv'; output='$name'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "$(cat stderr.txt)"
  [ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
done
grep -qF "(shaded: quartiles)" quartiles.svg || fail "the band is not the quartiles"
grep -qF "(shaded: range)" older.svg || fail "a table without quartiles"
grep -qF "(shaded: quartiles; range of fewer than 8 runs)" mixed.svg || fail "two kinds of bands"
# How far down the page a band reaches.
lowest() { grep -A 4 "fill-opacity = *'*0.15\|fill-opacity *= *'0.15'" "$1" | grep -oE "[0-9.]+,[0-9.]+" | cut -d , -f 2 | sort -g | tail -1; }
awk -v a="$(lowest quartiles.svg)" -v b="$(lowest older.svg)" 'BEGIN { exit !(a + 20 < b) }' ||
  fail "a run that fails stretches the band: $(lowest quartiles.svg) $(lowest older.svg)"
