# Wrong usage says what is missing and how to get it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
unset HIPPOCAMPUS_ROOT

expect_error 2 "HIPPOCAMPUS_ROOT=DIR; to obtain them: Task04_Hippocampus" prepare-data hippocampus -o d.h5
expect_error 2 'unknown data set "brain" (known: ' prepare-data brain -o d.h5
expect_error 2 "-o is needed" prepare-data phantom
expect_error 2 "--seed: -1 is no whole number" prepare-data phantom --seed -1 -o d.h5
expect_error 2 "name a data set" prepare-data -o d.h5
expect_error 2 "not both" prepare-data msd --description x.json -o d.h5
expect_error 2 "only phantoms" prepare-data msd --root . --seed 3 -o d.h5
expect_error 2 "drawn, not read" prepare-data phantom --root . -o d.h5
expect_error 2 "expected VALUE=CLASS" prepare-data msd --root . --label-map 255 -o d.h5
expect_error 2 "--patients" prepare-data phantom --patients 0 -o d.h5
expect_error 74 "nowhere: no such folder" prepare-data msd --root nowhere -o d.h5
expect_error 74 "missing.json" prepare-data --description missing.json --root . -o d.h5
echo '{"name": "x", "layout": "files", "colour": 1}' >wrong.json
expect_error 2 "wrong.json:" prepare-data --description wrong.json --root . -o d.h5
mkdir empty
expect_error 65 "looked for the folders imagesTr and labelsTr" prepare-data msd --root empty -o d.h5

# A variable of the shell that was never set is no option that was left out.
for option in --splits --plan --description --root; do
  expect_error 2 "$option: an empty name or value" prepare-data phantom "$option" '' -o x.h5
done
