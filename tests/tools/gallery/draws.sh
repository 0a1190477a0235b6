# The picture and what belongs beside it: the same bytes for the same command, the size that the table
# says, the samples that the seed draws, augmentation as the configuration has it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

draw() { gallery --data hearts.h5 --config tiny.json --count 3 "$@"; }

draw -o a.png >a.tsv
draw -o b.png >b.tsv
expect_same a.png b.png
draw --seed 2 -o other.png >other.tsv
cmp -s a.png other.png && fail "another seed draws the same"
draw --map boundary -o boundary.png >boundary.tsv
cmp -s a.png boundary.png && fail "another map looks the same"
draw --set augmentation=none -o plain.png >plain.tsv
cmp -s a.png plain.png && fail "without augmentation it looks the same"

# What augmentation drew lies beside the picture, and under the augmented images.
grep -q '^# row	case	slice	step	channel	value$' a.draws.tsv || fail "$(cat a.draws.tsv)"
expect_same <(tail -n +2 a.draws.tsv) <(tail -n +2 b.draws.tsv)
[ "$(grep -vc '^#' plain.draws.tsv)" = 0 ] || fail "drawn without augmentation: $(cat plain.draws.tsv)"
[ "$(grep -c '^[1-3]	2	.*	unchanged$' plain.tsv)" = 3 ] || fail "not unchanged: $(cat plain.tsv)"
draw --set 'augmentation={"rotation":{"probability":1,"degrees":20}}' -o turned.png >turned.tsv
[ "$(grep -c '	rotation	all	' turned.draws.tsv)" = 3 ] || fail "$(cat turned.draws.tsv)"
[ "$(grep -c '^[1-3]	2	.*	rotation [-0-9.]*°' turned.tsv)" = 3 ] || fail "$(cat turned.tsv)"

[ "$(grep -c '^[1-3]	0	.* slice ' a.tsv)" = 3 ] || fail "not a case and slice for each sample"
grep -q '	rectified map, LV$' a.tsv || fail "no title of a map: $(cat a.tsv)"
grep -q '^4	4	.*	-1$' a.tsv || fail "no range of the map: $(cat a.tsv)"
gallery --data hearts.h5 --config tiny.json --json --count 1 -o c.png | grep -q '"rows"' || fail "no JSON"

# The size in the picture's header.
size=$(od -An -tu1 -j16 -N8 a.png | awk '{print (($1*256+$2)*256+$3)*256+$4 " x " (($5*256+$6)*256+$7)*256+$8}')
grep -q "^# picture: $size px" a.tsv || fail "the picture is $size: $(head -n 3 a.tsv)"
