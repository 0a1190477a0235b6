# Each wrong call gives its one line and exit code before anything is segmented.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
scans="$REGIONWISE_DATA/Task04_Hippocampus/imagesTr"
[ -d "$scans" ] || skip "no folder Task04_Hippocampus in REGIONWISE_DATA"
tiny_train --set epochs=1 --set iterations-per-epoch=1 -o run.h5
mkdir images two
cp $(ls "$scans"/*.nii.gz | head -n 2) images/
first=$(ls images/* | head -n 1)
cp "$first" two/
before=$(cat images/* | cksum)

refuse() { expect_error "$1" "$2" predict run.h5 "${@:3}" --quiet; }

refuse 2 "--output is required" "$first"
refuse 2 "images: an empty name or value" "" -o out
refuse 74 "none.nii.gz: no such file" none.nii.gz -o out
refuse 2 "images must be .nii.gz or .nii" tiny.json -o out
expect_error 65 "expected a regionwise/run file, found regionwise/dataset" predict hearts.h5 "$first" -o out
expect_error 74 "images" predict images "$first" -o out
expect_error 2 "is given twice" predict run.h5 "$first" "$first" -o out
expect_error 2 "is given twice" predict run.h5 images "./$first" -o out
refuse 2 "2 of 1 channels" "$first,$(ls images/* | tail -n 1)" -o out
refuse 2 "is given for two channels" "$first,$first" -o out
refuse 2 "images: is a folder of inputs" images -o images
refuse 2 "is a folder of inputs" images -o ./images/. --force
refuse 2 "is an input" "$first" -o images --force
refuse 74 "run.h5: is a file: name a folder" "$first" -o run.h5
refuse 74 "tiny.json/out: the folder cannot be made: Not a directory" "$first" -o tiny.json/out
: >empty.nii.gz
refuse 65 "empty.nii.gz" empty.nii.gz -o out
head -c 200 "$first" >cut.nii.gz
cp "$first" $'a\nb.nii.gz'
refuse 65 "expected UTF-8 without control characters" $'a\nb.nii.gz' -o out
refuse 65 "2 images cannot be used" "$first" empty.nii.gz cut.nii.gz -o out
[ ! -e out ] || fail "a failed call left a folder"
[ "$before" = "$(cat images/* | cksum)" ] || fail "an input was changed"

predict run.h5 images two --threads 1 --no-mirroring --quiet -o masks >out.tsv
[ -e "masks/images_$(basename "$first")" ] && [ -e "masks/two_$(basename "$first")" ] ||
  fail "not told apart by their folders: $(ls masks)"

# A network that is none: the message names the image and the run.
tiny_train --set optimizer.learning-rate=1e308 --set epochs=1 -o lost.h5 2>lost.txt || fail "$(cat lost.txt)"
expect_error 65 "case $(basename "$first" .nii.gz): the network of lost.h5 yields values that are not finite: " \
  predict lost.h5 "$first" --quiet -o lost

python=$(python_with nibabel numpy) || skip "no python3 with nibabel and numpy"
# A header that says metres: refused before memory for such pixels is taken.
"$python" -c 'import nibabel, numpy; nibabel.save(nibabel.Nifti1Image(numpy.arange(243, dtype="f4").reshape(9, 9, 3), numpy.diag([1000, 1000, 1000, 1])), "metres.nii.gz")'
refuse 65 "metres.nii.gz: its pixels of 1000 x 1000 mm would be resampled to " "$first" metres.nii.gz -o out

# An image of another number of channels: the message says what the user of predict can do.
"$python" -c 'import nibabel, numpy; nibabel.save(nibabel.Nifti1Image(numpy.ones((9, 9, 3, 2), "f4"), numpy.eye(4)), "four.nii.gz")'
refuse 65 "holds 2 channels, expected 1 (MR); give the channels in this order" four.nii.gz -o out
if grep -q -e skip-bad -e description stderr.txt; then fail "names what predict has not: $(cat stderr.txt)"; fi
