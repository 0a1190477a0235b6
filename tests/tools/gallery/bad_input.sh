# Each wrong call gives its one line and exit code, and leaves no picture.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"

expect_error 2 "--data, --config and -o are needed" gallery --data hearts.h5
expect_error 74 "nothing.h5" gallery --data nothing.h5 --config tiny.json -o a.png
expect_error 65 "is not an HDF5 file" gallery --data tiny.json --config tiny.json -o a.png
cp hearts.h5 kept.h5
expect_error 2 "input" gallery --data hearts.h5 --config tiny.json -o hearts.h5 --force
expect_same hearts.h5 kept.h5
mkdir folder
expect_error 74 "folder: is a folder" gallery --data hearts.h5 --config folder -o a.png
expect_error 2 "banana" gallery --data hearts.h5 --config tiny.json --map banana -o a.png
expect_error 65 "inf for class " gallery --data hearts.h5 --config tiny.json \
  --map '{"name":"hausdorff","alpha":1000}' -o a.png
expect_error 2 "unknown augmentation" gallery --data hearts.h5 --config tiny.json \
  --set augmentation=banana -o a.png
expect_error 2 "channel 1: the images have 0 to 0" gallery --data hearts.h5 --config tiny.json \
  --channel 1 -o a.png
expect_error 2 "--seed: -1 is no whole number" gallery --data hearts.h5 --config tiny.json --seed=-1 -o a.png
expect_error 2 "--count" gallery --data hearts.h5 --config tiny.json --count 0 -o a.png
expect_error 74 "missing-folder" gallery --data hearts.h5 --config tiny.json -o missing-folder/a.png
expect_error 2 "64 samples of 4096 x 4096 pixels take " gallery --data hearts.h5 --config tiny.json \
  --set 'plan.patch_size=[4096,4096]' --count 64 -o a.png
expect_error 74 "its name has 234 bytes, at most 230" gallery --data hearts.h5 --config tiny.json -o "$(printf '%0230d.png' 0)"
expect_error 74 ".h5.history.jsonl: its name has 235 bytes" train --data hearts.h5 --config tiny.json -o "$(printf '%0218d.h5' 0)"
ln -s nothing there.h5
expect_error 74 "there.h5: is a link" train --data hearts.h5 --config tiny.json -o there.h5
cp tiny.json other.json
ln -s other.json link.png
expect_error 74 "link.png: is a link" gallery --data hearts.h5 --config tiny.json -o link.png --force
ln -s nothing there.png
expect_error 74 "there.png: is a link" gallery --data hearts.h5 --config tiny.json -o there.png
[ ! -e a.png ] && [ ! -e nothing ] || fail "a picture was left"

echo precious >a.png
expect_error 74 "--force" gallery --data hearts.h5 --config tiny.json -o a.png
grep -q precious a.png || fail "a file was replaced"
gallery --data hearts.h5 --config tiny.json --force --count 1 -o a.png >/dev/null
grep -q precious a.png && fail "--force did not replace it" || true
rm a.png
expect_error 74 "a.draws.tsv: exists: use --force" gallery --data hearts.h5 --config tiny.json -o a.png
