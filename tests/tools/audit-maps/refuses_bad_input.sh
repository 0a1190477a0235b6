# Wrong usage and unusable input: one line and the right exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 1 -o data.h5 --quiet
prepare-data phantom --patients 1 --seed 2 -o other.h5 --quiet
compute-maps --map cao data.h5 -o maps.h5 --quiet

expect_error 2 "give a maps file" audit-maps
expect_error 2 "needs the true class" audit-maps --z 1,2,3
for class in -1 3; do
  expect_error 2 "class $class is none of 0 to 2" audit-maps --z 1,2,3 --class $class
done
expect_error 2 "expected 2 to 128 numbers, found 1" audit-maps --z 1 --class 0
expect_error 2 "finite" audit-maps --z 1,nan --class 0
expect_error 2 "--z" audit-maps --z 1,a --class 0
for list in 1,,2 1,2, ,1,2; do
  expect_error 2 "--z: $list: an entry between the commas is missing" audit-maps "--z=$list" --class 0
done
expect_error 2 "no file, --data or map" audit-maps --z 1,2 --class 0 maps.h5
expect_error 2 "excludes" audit-maps --z 1,2 --class 0 --by class
expect_error 2 "excludes" audit-maps maps.h5 --worst 3 --by class
expect_error 2 "--worst" audit-maps maps.h5 --worst 0
expect_error 2 "--by" audit-maps maps.h5 --by slice
expect_error 2 "--class is the true class of --z" audit-maps maps.h5 --class 1
expect_error 2 "need --map" audit-maps maps.h5 --unit mm
expect_error 2 "--data goes with a maps file" audit-maps --map cao data.h5 --data data.h5
expect_error 2 'unknown map "kervadec"' audit-maps --map kervadec data.h5
expect_error 65 "expected a regionwise/maps file, found regionwise/dataset" audit-maps data.h5
expect_error 65 "expected a regionwise/dataset file, found regionwise/maps" audit-maps --map cao maps.h5
expect_error 65 "has changed or is another" audit-maps maps.h5 --data other.h5
expect_error 74 "missing.h5" audit-maps missing.h5
echo "not HDF5" >text.h5
expect_error 65 "text.h5" audit-maps text.h5
mv data.h5 elsewhere.h5
expect_error 2 "data.h5, is not there: give it with --data" audit-maps maps.h5
audit-maps maps.h5 --data elsewhere.h5 --quiet >out.tsv || fail "with its data set named"
