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
# Names are no markup, and blanks in them nothing special.
awk -F '\t' -v OFS='\t' '/^# metric: / { sub(/dice/, "my_{x}^2") } !/^#/ { $1 = $1 " of_x {b}" } { print }' cdf.tsv >"it's.tsv"
gnuplot -e "input=\"it's.tsv\"; output='named'; label='phantom, demo'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
for text in "rectified of_x {b} (n = 5)" "boundary of_x {b} (n = 5)" 'my_{x}^2 '; do
  grep -qF ">$text<" named.svg || fail "\"$text\" is not in the picture"
done
awk -F '\t' -v OFS='\t' '!/^#/ { for (g = 1; g <= 18; ++g) print $1 g, $2, $3, $4, $5, $6 }' cdf.tsv >many.tsv
! gnuplot -e "input='many.tsv'; output='none'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "36 configurations"
grep -q "more than the 35" stderr.txt || fail "$(cat stderr.txt)"

# Where a model far off presses all curves together, a second panel magnifies the others' range; its key and
# axis stand once.
if grep -qF "magnified" file.svg; then fail "nothing lies far off"; fi
for ((i = 1; i <= 20; ++i)); do
  for group in 1 2; do printf 'name %d\t%s\t%s\t0\t1\t20\n' $group "0.$((840 + i + 5 * group))" "$(awk "BEGIN { print $i / 20 }")"; done
done | sort -s -k 2,2 >near.tsv
sed '1 s/0[.]8[0-9]*/0.4/' near.tsv >far.tsv
sed '1 s/0[.]8[0-9]*/0.4/; $ s/0[.]8[0-9]*/9/' near.tsv >both.tsv
sed '$ s/0[.]8[0-9]*/9/' near.tsv >above.tsv
for name in near far above both; do
  gnuplot -e "input='$name.tsv'; output='$name'; label='phantom, demo'" "$plot" 2>stderr.txt || fail "$(cat stderr.txt)"
  [ ! -s stderr.txt ] || fail "$name: $(cat stderr.txt)"
  [ "$(grep -cF "<text>name 2 (n = 20)<" $name.svg)" = 1 ] && [ "$(grep -c "Dice coefficient" $name.svg)" = 1 ] || fail "$name: not once"
done
if grep -qF magnified near.svg; then fail "nothing lies far off"; fi
grep -qF ">magnified: above the lowest 10 %<" far.svg && grep -qF ">0.85<" far.svg || fail "not magnified"
grep -qF ">magnified: below the highest 10 %<" above.svg || fail "not magnified: above"
