# Where memory is short nothing is wrong with the case: one line, exit status 74, and --skip-bad does not
# leave it out. A header that promises more than its file holds is wrong.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with struct) || skip "no python3"

"$python" - <<'PY'
import json, os, struct

def write(path, shape, kind, bits, voxels=None):
    """A NIfTI file; without voxels as long as a full one, but sparse."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    header = struct.pack("<i36x", 348)
    header += struct.pack("<8h", 3, *shape, 1, 1, 1, 1) + struct.pack("<3f2h", 0, 0, 0, 0, kind)
    header += struct.pack("<hh8ff", bits, 0, 1, 1, 1, 1, 0, 0, 0, 0, 352) + struct.pack("<ff", 1, 0)
    header = header.ljust(344, b"\0") + b"n+1\0" + b"\0\0\0\0"
    with open(path, "wb") as file:
        file.write(header)
        if voxels is None:
            file.truncate(352 + shape[0] * shape[1] * shape[2] * bits // 8)
        else:
            file.write(voxels)

for case, shape in (("a", (8, 8, 4)), ("b", (512, 512, 1024))):
    small = case == "a"
    write(f"data/imagesTr/{case}.nii", shape, 2, 8, bytes(1 + i % 251 for i in range(256)) if small else None)
    write(f"data/labelsTr/{case}.nii", shape, 2, 8, bytes([0, 1]) * 128 if small else None)
with open("data/dataset.json", "w") as file:
    json.dump({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"}}, file)
PY
[ "$(du -k data | tail -1 | cut -f 1)" -lt 10000 ] || skip "this file system has no sparse files"

# The larger image alone takes 1 GiB.
mkdir limited
printf '#!/bin/bash\nulimit -v %d\nexec prepare-data "$@"\n' $((900 << 10)) >limited/prepare-data
chmod +x limited/prepare-data
limited/prepare-data --version >/dev/null || skip "programs need more than 900 MiB (sanitizers do)"
for skip_bad in "" --skip-bad; do
  expect_error 74 "case b: out of memory" limited/prepare-data msd --root data $skip_bad -o d.h5
  [ ! -e d.h5 ] || fail "a file was written"
done
truncate -s 1000000 data/imagesTr/b.nii
expect_error 65 "imagesTr/b.nii: is cut short: its header promises 512 x 512 x 1024" \
  prepare-data msd --root data -o d.h5

# Nor is a header damaged that an archive of this size could keep: it is read to its end.
"$python" - <<'PY'
import gzip, random, struct

with open("data/imagesTr/a.nii", "rb") as file:
    header = bytearray(file.read(352))
struct.pack_into("<8h", header, 40, 3, 1024, 1024, 1050, 1, 1, 1, 1)
for kind in ("images", "labels"):
    with gzip.open(f"data/{kind}Tr/b.nii.gz", "wb", 1) as file:
        file.write(bytes(header) + random.Random(1).randbytes(1100000))
PY
rm data/*Tr/b.nii
expect_error 65 "imagesTr/b.nii.gz: is cut short" limited/prepare-data msd --root data -o d.h5
limited/prepare-data msd --root data --skip-bad --quiet -o d.h5 || fail "--skip-bad keeps the damaged case"
