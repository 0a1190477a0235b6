# Figures 2 and 4 from what gradients prints, from a file or a pipe.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
plot=$REGIONWISE_SOURCE/experiments/plots/gradients.gp

{ echo "# title: Boundary map"; gradients --z 12,4,-3 --points 9; echo; echo; gradients --z 10,10,-3 --points 9; } >two.tsv
gnuplot -e "input='two.tsv'; output='file'; label='a label'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
gnuplot -e "input='-'; output='pipe'; label='a label'" "$plot" <two.tsv
expect_same file.png pipe.png
expect_same file.svg pipe.svg
[ "$(head -c 4 file.png | tail -c 3)" = PNG ] || fail "not a PNG"
for text in "a label" "Boundary map" "= [12, 4, −3]" "= [10, 10, −3]" "on 8/15" "nowhere" "everywhere"; do
  grep -qF "$text" file.svg || fail "\"$text\" is not in the picture"
done

{ echo "# show: 1"; gradients --z 0,1,1 --points 9; echo; echo; echo "# title: Cross entropy"
  gradients --cross-entropy --class 0 --points 9; } | gnuplot -e "input='-'; output='four'; label='x'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
for text in "Cross entropy" "−0.25"; do grep -qF "$text" four.svg || fail "\"$text\" is not in the picture"; done

{ echo "# title: L_x of {/Bold ^b}"; gradients --z 12,4,-3 --points 9; } |
  gnuplot -e "input='-'; output='literal'; label='x'" "$plot" 2>stderr.txt
[ ! -s stderr.txt ] || fail "$(cat stderr.txt)"
grep -qF ">L_x of {/Bold ^b}, <" literal.svg || fail "a title is markup: $(grep -F 'L' literal.svg)"
! gnuplot -e "input='/dev/null'; output='none'; label='x'" "$plot" 2>/dev/null || fail "empty input"
gradients --z 1,2,3,4 --softmax - <<<"0.25 0.25 0.25 0.25" >four.tsv
! gnuplot -e "input='four.tsv'; output='none'; label='x'" "$plot" 2>/dev/null || fail "four classes"
! gnuplot -e "input='two.tsv'; output='none'" "$plot" 2>/dev/null || fail "no label"
[ ! -e none.png ] || fail "a picture of nothing"
