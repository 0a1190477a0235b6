# A small folder, spoilt in one way at a time: one line, exit code 65, and what --skip-bad makes of it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with nibabel numpy h5py) || skip "no python3 with nibabel and h5py"

"$python" - <<'PY'
import json, os
import nibabel, numpy

def write(path, array, shift=0.0):
    affine = numpy.diag([1.0, 1.5, 4.0, 1.0])
    affine[0, 3] = shift
    os.makedirs(os.path.dirname(path), exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, affine), path)

def folder(name, label=None, image=None, shift=0.0):
    os.makedirs(name)
    with open(f"{name}/dataset.json", "w") as file:
        json.dump({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"}}, file)
    shape = (20, 16, 5)
    good = numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape)
    mask = (good % 3 == 0).astype(numpy.uint8)
    for case in ("a", "b"):
        bad = case == "b"
        write(f"{name}/imagesTr/{case}.nii.gz", image(good) if bad and image else good)
        write(f"{name}/labelsTr/{case}.nii.gz", label(mask) if bad and label else mask, shift if bad else 0)

def with_nan(image):
    image = image.copy()
    image[3, 2, 1] = numpy.nan
    return image

folder("good")
folder("value", label=lambda m: m * 255)
folder("two_values", label=lambda m: m + (m > 0) * numpy.uint8(4))
folder("shape", label=lambda m: m[:, :, :4])
folder("moved", shift=3.0)
folder("nan", image=with_nan)
folder("constant", image=lambda i: i * 0 + 5)
folder("not_fetched")
os.remove("not_fetched/imagesTr/b.nii.gz")
os.symlink("somewhere", "not_fetched/imagesTr/b.nii.gz")
folder("pipe")
os.remove("pipe/labelsTr/b.nii.gz")
os.mkfifo("pipe/labelsTr/b.nii.gz")
folder("empty", label=lambda m: m * 0)
for case in "ab":
    write(f"empty/labelsTr/{case}.nii.gz", numpy.zeros((20, 16, 5), numpy.uint8))
PY

expect_bad() { # FOLDER TEXT: refused; with --skip-bad left out and listed
  expect_error 65 "$2" prepare-data msd --root "$1" -o "$1.h5"
  [ ! -e "$1.h5" ] || fail "$1: a failed run left a file"
  prepare-data msd --root "$1" -o "$1.h5" --skip-bad 2>warnings.txt
  grep -qF -- "$2" warnings.txt || fail "$1: left out without a word: $(cat warnings.txt)"
  h5dump -d /skipped/case "$1.h5" | grep -qF '"b"' || fail "$1: case b is not listed in the file"
}

expect_bad value "--label-map 255=1"
expect_bad two_values "labelsTr/b.nii.gz: case b: label value 5 ("
expect_bad shape "labelsTr/b.nii.gz: has 20x16x4 voxels"
expect_bad moved "--trust-label-grid"
expect_bad nan "imagesTr/b.nii.gz"
expect_bad constant "same intensity"
expect_bad not_fetched "imagesTr/b.nii.gz: a link that leads nowhere (somewhere)"
expect_bad pipe "labelsTr/b.nii.gz: not a file"

prepare-data msd --root empty -o empty.h5 2>messages.txt
grep -q "no case holds class 1 (organ)" messages.txt || fail "empty labels without a word: $(cat messages.txt)"
expect_error 2 "-: HDF5 files and pictures cannot go to standard output" prepare-data msd --root good -o -

prepare-data msd --root value --label-map 255=1 -o mapped.h5 2>messages.txt
grep -q "label value 255 becomes class 1 (organ)" messages.txt || fail "the label map is not printed"
# An image among the inputs is never replaced, whatever --force says.
expect_error 2 "imagesTr/a.nii.gz: is an input" \
  prepare-data msd --root good -o good/imagesTr/a.nii.gz --force

prepare-data msd --root moved --trust-label-grid -o trusted.h5 --quiet

rm good/labelsTr/b.nii.gz
expect_error 65 "imagesTr/b.nii.gz: image without label" prepare-data msd --root good -o good.h5
