# Wrong usage and unusable input: one line, the right exit code, no file left behind.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 1 -o data.h5 --quiet

expect_error 2 "give a map (--map)" compute-maps
expect_error 2 "give a map (--map)" compute-maps data.h5 -o maps.h5
expect_error 2 'unknown map "kervadec"; known maps: active-contour' compute-maps --map kervadec data.h5 -o maps.h5
expect_error 2 "alpha" compute-maps --map boundary --map-option alpha=2 data.h5 -o maps.h5
expect_error 2 "expected KEY=VALUE" compute-maps --map cao --map-option alpha data.h5 -o maps.h5
expect_error 2 "alpha" compute-maps --map cao --map-option alpha=high data.h5 -o maps.h5
expect_error 2 "not be negative" compute-maps --map cao --map-option alpha=-1 data.h5 -o maps.h5
expect_error 2 "--map" compute-maps --map '{"name":' data.h5 -o maps.h5
expect_error 2 'unit: expected "pixel" or "mm"' compute-maps --map cao --unit cm data.h5 -o maps.h5
expect_error 2 "dimensions: expected 2 or 3" compute-maps --map cao --dimensions 1 data.h5 -o maps.h5
expect_error 2 "empty-class" compute-maps --map cao --empty-class zero data.h5 -o maps.h5
expect_error 2 "contradicts reference-quirks" \
  compute-maps --map cao --reference-quirks --full-class standard data.h5 -o maps.h5
expect_error 2 "3 class-weights for 4 classes" compute-maps --map cao --class-weights 1,2,2 data.h5 -o maps.h5
expect_error 2 "class-weights" compute-maps --map cao --class-weights 1,x data.h5 -o maps.h5
expect_error 2 "1,inf,2,2: inf is not finite" compute-maps --map cao --class-weights 1,inf,2,2 none.h5 -o maps.h5
expect_error 2 "\"0x2\" is no decimal number" compute-maps --map cao --class-weights 1,0x2,2,2 none.h5 -o maps.h5
expect_error 2 "an entry between the commas is missing" compute-maps --map cao --class-weights 1,2,,2,2 data.h5 -o maps.h5
expect_error 74 "missing.h5" compute-maps --map cao missing.h5 -o maps.h5
echo "not HDF5" >text.h5
expect_error 65 "text.h5" compute-maps --map cao text.h5 -o maps.h5
expect_error 74 "no-such-folder" compute-maps --map cao data.h5 -o no-such-folder/maps.h5

cp data.h5 kept.h5
ln -s data.h5 link.h5
ln data.h5 hard.h5
for same in data.h5 ./data.h5 link.h5 hard.h5; do
  expect_error 2 "$same: is an input" compute-maps --map cao data.h5 -o $same --force
done
expect_same data.h5 kept.h5
rm kept.h5 link.h5 hard.h5

compute-maps --map cao data.h5 -o maps.h5
expect_error 65 "expected a regionwise/dataset file, found regionwise/maps" compute-maps --map cao maps.h5 -o other.h5
cp maps.h5 before.h5
expect_error 74 "maps.h5" compute-maps --map boundary data.h5 -o maps.h5
expect_same maps.h5 before.h5
compute-maps --map boundary data.h5 -o maps.h5 --force
! cmp -s maps.h5 before.h5 || fail "--force replaced nothing"

rm -f stdout.txt stderr.txt text.h5
[ "$(ls)" = "$(printf 'before.h5\ndata.h5\nmaps.h5')" ] || fail "left behind: $(ls)"

# Options that are allowed, but with which a float32 overflows.
expect_error 65 "data.h5:/cases/patient001_ED: the map " \
  compute-maps --map hausdorff --map-option alpha=20 data.h5 -o overflown.h5
grep -q ' is -\?inf for class [0-9]* at voxel ([0-9]*, [0-9]*, [0-9]*)' stderr.txt || fail "no place: $(cat stderr.txt)"
[ ! -e overflown.h5 ] || fail "a map that is not finite was written"
