# gnuplot adds the captions around the picture.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
command -v gnuplot >/dev/null || skip "no gnuplot"

gallery --data hearts.h5 --config tiny.json --count 2 -o tiles.png >gallery.tsv
plot=$REGIONWISE_SOURCE/experiments/plots/gallery.gp
gnuplot -e "input='gallery.tsv'; tiles='tiles.png'; output='sheet.png'; label='test'" "$plot" 2>stderr.txt ||
  fail "$(cat stderr.txt)"
[ ! -s stderr.txt ] || fail "gnuplot says: $(cat stderr.txt)"
width_of() { od -An -tu1 -j16 -N4 "$1" | awk '{print (($1*256+$2)*256+$3)*256+$4}'; }
[ "$(width_of sheet.png)" -gt "$(width_of tiles.png)" ] || fail "no room for captions"

# What augmentation drew is seen, not hidden behind the tiles.
grep -v '^[12]	2	' gallery.tsv >without.tsv
gnuplot -e "input='without.tsv'; tiles='tiles.png'; output='without.png'; label='test'" "$plot"
cmp -s sheet.png without.png && fail "what augmentation drew is not in the picture"

gnuplot -e "input='gallery.tsv'" "$plot" 2>stderr.txt && fail "it needs more" || true
grep -q "set input, tiles, output and label" stderr.txt || fail "$(cat stderr.txt)"
