# audit-maps of a maps file, of a named map and of one pixel: the same numbers, and the exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

# unsafe FILE COMMAND…: the command says no (exit code 1) and prints into FILE.
unsafe() {
  local file=$1 status=0
  shift
  "$@" >"$file" || status=$?
  [ "$status" = 1 ] || fail "exit code $status, expected 1: $*"
}
prepare-data phantom --patients 2 -o data.h5 --quiet
compute-maps --map boundary data.h5 -o boundary.h5 --quiet
compute-maps --map rectified data.h5 -o rectified.h5 --quiet

# A pixel: Figure 2's vector is wrong on exactly 8/15 of the simplex, the rectified one nowhere.
unsafe pixel.tsv audit-maps --z 12,4,-3 --class 2
grep -qxF "1	4	positive	0.5333333333333333" pixel.tsv || fail "$(cat pixel.tsv)"
grep -q "^# unsafe; change: 4; change_l2: 5.65685424949238" pixel.tsv || fail "$(cat pixel.tsv)"
audit-maps --z 10,10,-3 --class 2 >pixel.tsv || fail "a safe pixel"
grep -q "^any	nan		0$" pixel.tsv || fail "$(cat pixel.tsv)"
unsafe pixel.json audit-maps --z -3,4,12 --class 0 --json
grep -q '0.5333333333333333' pixel.json || fail "$(cat pixel.json)"

# A data set: from a file and computed, on one thread and on two.
unsafe file.tsv audit-maps boundary.h5 --quiet
unsafe named.tsv audit-maps --map boundary data.h5 --threads 1 --quiet
unsafe two.tsv audit-maps boundary.h5 --data data.h5 --threads 2 --quiet
for table in file named two; do sed -i '/^# audit-maps /d' $table.tsv; done
expect_same file.tsv named.tsv
expect_same file.tsv two.tsv
[ "$(grep -vc '^#' file.tsv)" = 20 ] || fail "not four classes and their sum for each of four images"
grep -q "^# unsafe: 4 of 4 images" file.tsv || fail "$(head -5 file.tsv)"
audit-maps rectified.h5 --quiet >safe.tsv || fail "the rectified map is safe"
grep -q "^# unsafe: 0 of 4 images, 0 of" safe.tsv || fail "$(head -5 safe.tsv)"
unsafe weighted.tsv audit-maps --map rectified --class-weights 1,2,2,2 data.h5 --by data --quiet

# Levels add up, and the worst pixel of the totals heads the list.
unsafe class.tsv audit-maps boundary.h5 --by class --quiet
unsafe data.tsv audit-maps boundary.h5 --by data --quiet
[ "$(grep -vc '^#' class.tsv) $(grep -vc '^#' data.tsv)" = "5 1" ] || fail "rows of --by class and data"
[ "$(tail -1 class.tsv)" = "$(tail -1 data.tsv)" ] || fail "the sum of classes is the data set"
pixels=$(awk -F'\t' '!/^#/ && $2 == "all" {sum += $3} END {print sum}' file.tsv)
[ "$pixels" = "$(tail -1 data.tsv | cut -f3)" ] || fail "$pixels pixels by image"
unsafe worst.tsv audit-maps boundary.h5 --worst 7 --quiet
[ "$(grep -vc '^#' worst.tsv)" = 7 ] || fail "not 7 pixels"
IFS=$'\t' read -r image slice y x class wrong change rest <<<"$(grep -v '^#' worst.tsv | head -1)"
grep -qxF "# worst: $wrong of the simplex, image $image, slice $slice, y $y, x $x, class $class" worst.tsv ||
  fail "$(cat worst.tsv)"

# What the list says of a pixel, the pixel says of itself.
z=$(grep -v '^#' worst.tsv | head -1 | cut -f9)
number=$(h5dump -a /class_names data.h5 | grep '(' | grep -o '"[^"]*"' | grep -nxF "\"$class\"" | cut -d: -f1)
unsafe pixel.tsv audit-maps --z="$z" --class $((number - 1))
printed=$(tail -1 pixel.tsv | cut -f4)
awk -v a="$printed" -v b="$wrong" 'BEGIN {exit !((a - b) ^ 2 < 1e-12)}' || fail "$printed is not $wrong"

# The data set is found beside the maps as well.
mkdir moved
mv boundary.h5 data.h5 moved
unsafe moved.tsv audit-maps moved/boundary.h5 --quiet
sed -i '/^# audit-maps /d' moved.tsv
expect_same moved.tsv file.tsv
