# Each wrong call gives its one line and exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
tiny_train -o run.h5

expect_error 2 "--output is required" evaluate run.h5 --data hearts.h5
expect_error 2 "are needed" evaluate -o m.h5
expect_error 2 "--output: an empty name or value" evaluate run.h5 --data hearts.h5 -o ''
expect_error 2 "run excludes --pairs" evaluate run.h5 --pairs a b -o m.h5
expect_error 65 "expected a regionwise/run file, found regionwise/dataset" evaluate hearts.h5 --data hearts.h5 -o m.h5
expect_error 65 "expected a regionwise/dataset file, found regionwise/run" evaluate run.h5 --data run.h5 -o m.h5
cp run.h5 kept.h5
expect_error 2 "is an input" evaluate run.h5 --data hearts.h5 -o run.h5 --force
expect_same run.h5 kept.h5
expect_error 74 "missing-folder" evaluate run.h5 --data hearts.h5 -o missing-folder/m.h5
expect_error 2 "banana" evaluate run.h5 --data hearts.h5 --empty banana -o m.h5
expect_error 74 "is not a folder" evaluate --pairs a b -o m.h5

prepare-data phantom --patients 3 --seed 3 -o others.h5 --quiet
expect_error 65 "another split" evaluate run.h5 --data others.h5 -o m.h5
# The same cases, prepared otherwise.
echo '{"target_spacing_mm": [2, 2]}' >coarse.json
prepare-data phantom --patients 2 --seed 3 --plan coarse.json -o coarse.h5 --quiet
expect_error 65 "prepared otherwise than those of coarse.h5 (target_spacing_mm of the plan)" \
  evaluate run.h5 --data coarse.h5 -o m.h5

mkdir a b
expect_error 65 "holds no .nii" evaluate --pairs a b -o m.h5
evaluate run.h5 --data hearts.h5 --quiet --threads 1 --no-mirroring --export a -o m.h5 >/dev/null
cp a/* b/
rm "b/$(ls b | head -n 1)"
expect_error 65 "has no partner of the same name" evaluate --pairs a b -o pairs.h5
expect_error 65 "beyond the 1 classes" evaluate --pairs b b --classes heart -o pairs.h5
expect_error 2 "an entry between the commas is missing" evaluate --pairs b b --classes RV,,LV -o pairs.h5
expect_error 2 "--patient: not a regular expression: (" evaluate --pairs a a --patient '(' -o pairs.h5
expect_error 2 "--patient: a regular expression longer than 1000 characters" \
  evaluate --pairs a a --patient "$(head -c 30000 /dev/zero | tr '\0' '(')" -o pairs.h5
expect_error 2 "--patient: an empty name or value" evaluate --pairs a a --patient '' -o pairs.h5
expect_error 2 '--classes: class "or\tgan": expected UTF-8' evaluate --pairs a a --classes $'or\tgan' -o pairs.h5
mkdir names
cp "$(ls a/* | head -n 1)" $'names/a\tb.nii.gz'
expect_error 65 'names/a b.nii.gz: expected UTF-8' evaluate --pairs names names -o pairs.h5
expect_error 2 '--classes: classes name "RV" twice' evaluate --pairs a a --classes RV,LV,RV -o pairs.h5
expect_error 2 '--classes: a class is named "mean"' evaluate --pairs a a --classes RV,mean,LV -o pairs.h5
expect_error 2 "has no group" evaluate --pairs a a --patient 'phantom' -o pairs.h5
expect_error 65 "finds no patient in its name" evaluate --pairs a a --patient '(heart)' -o pairs.h5
expect_error 2 "--patient requires --pairs" evaluate run.h5 --data hearts.h5 --patient '(.*)' -o pairs.h5
image=$(ls a/* | head -n 1)
expect_error 2 "$image: is an input" evaluate --pairs a a -o "$image" --force
[ ! -e pairs.h5 ] || fail "a failed call left a file"
expect_error 74 "--force" evaluate run.h5 --data hearts.h5 -o m.h5

# The summary beside the metrics is as much an output as they are.
rm m.h5
expect_error 74 "m.summary.json: exists: use --force" evaluate run.h5 --data hearts.h5 -o m.h5
[ ! -e m.h5 ] || fail "metrics without their summary"
# One name for the folder and the file, known before any work.
expect_error 2 "both as a file and as a folder" evaluate run.h5 --data hearts.h5 --export x.h5 -o x.h5
expect_error 2 "both as a file and as a folder" evaluate run.h5 --data hearts.h5 --export x.h5/ -o x.h5
expect_error 74 "is a file: name a folder" evaluate run.h5 --data hearts.h5 --export tiny.json -o x.h5
expect_error 74 "tiny.json/out: the folder cannot be made: Not a directory" \
  evaluate run.h5 --data hearts.h5 --export tiny.json/out -o x.h5
expect_error 2 "--pairs excludes --export" evaluate --pairs a a --export out -o x.h5
[ ! -e x.h5 ] || fail "a failed call left something"
