# Folders made to break the program: one line, exit code 65, no file, and neither a hang nor much memory.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with json) || skip "no python3"

"$python" - <<'PY'
import gzip, json, math, os, struct

def nifti(values, code=16, dim=(8, 6, 4), spacing=(1, 1.5, 4), rows=None):
    """A NIfTI-1 file; code 16 float32, 8 int32, 2 uint8."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *dim, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, {16: 32, 8: 32, 2: 8}[code])
    struct.pack_into("<8f", header, 76, 1, *spacing, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352)
    if rows:
        struct.pack_into("<h", header, 254, 1)
        struct.pack_into("<12f", header, 280, *rows)
    header[344:348] = b"n+1\0"
    return bytes(header) + struct.pack("<%d%s" % (len(values), {16: "f", 8: "i", 2: "B"}[code]), *values)

voxels = 8 * 6 * 4
image = [float(i) for i in range(voxels)]
label = [i % 2 for i in range(voxels)]
with_one = lambda values, value: [value] + values[1:]

def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(gzip.compress(data, 1) if path.endswith(".gz") else data)

def folder(name, bad="b", **files):
    """Case a is good; of case b some files are not. No file at all: None."""
    for case in ("a", bad):
        for kind, good in (("image", nifti(image)), ("label", nifti(label, 8))):
            data = files.get(kind, good) if case == bad else good
            if data is not None:
                write(f"{name}/{kind}sTr/{case}.nii.gz", data)
    with open(f"{name}/dataset.json", "w") as file:
        json.dump({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"}}, file)

nan = math.nan
folder("terabytes", image=nifti([], dim=(32767, 32767, 32767)))
folder("negative", image=nifti(image, dim=(8, -6, 4)))
folder("nothing", image=nifti([], dim=(8, 0, 4)))
folder("nan_affine", image=nifti(image, rows=[nan] * 12))
folder("infinite", image=nifti(with_one(image, math.inf)))
folder("nan", image=nifti(with_one(image, nan)))
folder("value", label=nifti(with_one(label, 10**9), 8))
folder("negative_value", label=nifti(with_one(label, -(2**31) + 1), 8))
folder("newline", bad="b\nc")
folder("escape", bad="b\033[2Jc")
folder("metres", image=nifti(image, spacing=(1000, 1500, 4)), label=nifti(label, 8, spacing=(1000, 1500, 4)))
for more in "cd":
    for kind, data in (("image", nifti(image)), ("label", nifti(label, 8))):
        write(f"metres/{kind}sTr/{more}.nii.gz", data)
folder("tab", bad="b\tc")
folder("bytes", bad=os.fsdecode(b"b\xffc"))
folder("deep")
with open("deep/dataset.json", "w") as file:
    file.write("[" * 100000)
folder("passwd")
with open("passwd/dataset.json", "w") as file:
    json.dump({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"},
               "training": ["./imagesTr/a.nii.gz", "./imagesTr/b.nii.gz", "../../etc/passwd"]}, file)
# 128 MiB of zeros, of which the header wants a gigabyte.
bomb = nifti([], dim=(1024, 1024, 256))
folder("bomb", image=bomb + bytes(1 << 27))
folder("pipe", image=None)
os.mkfifo("pipe/imagesTr/b.nii.gz")
folder("folder", image=None)
os.mkdir("folder/imagesTr/b.nii.gz")
folder("loop", image=None)
os.symlink("b.nii.gz", "loop/imagesTr/b.nii.gz")
folder("zeros", image=None)
os.symlink("/dev/zero", "zeros/imagesTr/b.nii.gz")
folder("cut")
with open("cut/imagesTr/b.nii.gz", "r+b") as file:
    file.truncate(os.path.getsize("cut/imagesTr/b.nii.gz") // 2)
# A link to an image elsewhere is an image.
folder("linked")
os.rename("linked/imagesTr/b.nii.gz", "elsewhere.nii.gz")
os.symlink(os.path.abspath("elsewhere.nii.gz"), "linked/imagesTr/b.nii.gz")
folder("plain")
PY

# Two gigabytes of addresses, of which sanitizers take more, and ten seconds.
[ -n "${REGIONWISE_SANITIZE-}" ] || ulimit -v 2000000
prepare-data() { command timeout 10 prepare-data "$@"; }
compute-maps() { command timeout 10 compute-maps "$@"; }
expect_refused() { # FOLDER TEXT
  expect_error 65 "$2" prepare-data msd --root "$1" -o "$1.h5"
  [ ! -e "$1.h5" ] || fail "$1: a failed run left a file"
}
image=imagesTr/b.nii.gz
expect_refused terabytes "$image: is cut short: its header promises 32767 x 32767 x 32767"
expect_refused negative "$image: impossible size -6 of axis 2"
expect_refused nothing "$image: impossible size 0 of axis 2"
expect_refused nan_affine "$image: the affine (sform) holds nan"
expect_refused infinite "$image: 1 voxel is not a finite float32 value (the first is inf)"
expect_refused nan "$image: 1 voxel is not a finite float32 value (the first is nan)"
expect_refused value "label value 1000000000 ("
expect_refused negative_value "label value -2147483647 ("
expect_refused newline 'labelsTr/b c.nii.gz: its name must be UTF-8 without control characters, and is "labelsTr/b\nc.nii.gz"; rename it, or leave the case out with --skip-bad'
expect_refused escape 'its name must be UTF-8 without control characters, and is "labelsTr/b\u001b[2Jc.nii.gz"'
expect_refused tab 'its name must be UTF-8 without control characters, and is "labelsTr/b\tc.nii.gz"'
expect_refused bytes 'its name must be UTF-8 without control characters, and is "labelsTr/b'
expect_refused metres "metres/imagesTr/b.nii.gz: its pixels of 1500 x 1000 mm would be resampled to 1.5 x 1 mm: correct the spacing in its header, or leave it out with --skip-bad"
for asked in "--print-plan" "--estimate -o d.h5"; do
  expect_error 65 "metres/imagesTr/b.nii.gz: its pixels of 1500 x 1000 mm" prepare-data msd --root metres $asked
done
for folder in newline escape tab bytes metres; do
  prepare-data msd --root $folder --skip-bad --quiet -o $folder.h5 || fail "$folder: --skip-bad keeps the case"
  check $folder.h5 >check.txt || fail "$folder: $(cat check.txt)"
done
expect_refused deep "dataset.json: is nested deeper than 100 levels"
expect_refused passwd "dataset.json lists case passwd, but its image and label are missing"
expect_refused bomb "$image: is cut short"
expect_refused pipe "$image: not a file"
expect_refused folder "labelsTr/b.nii.gz: label without image"
expect_refused loop "$image: a link that leads nowhere"
expect_refused zeros "$image: not a file"
expect_refused cut "$image: is cut short"

# Links lead out of a folder where its owner wants them to: data is often a folder of links.
for folder in linked plain; do
  prepare-data msd --root $folder -o $folder.h5 --quiet || fail "$folder"
done
# A linked image is the image.
expect_same_hdf5 linked.h5 plain.h5 /cases /plan

# Programs that read HDF5 files do not wait for a pipe.
mkfifo pipe.h5
expect_error 74 "pipe.h5: is not a file" compute-maps --map boundary pipe.h5 -o maps.h5
