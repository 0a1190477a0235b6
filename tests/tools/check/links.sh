# What lies in another file is not read: it has no seal, and may be any file.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with h5py) || skip "python3 with h5py is not installed"
"$(dirname "$REGIONWISE_BIN")/tests/make_results" metrics scores.h5 rectified 1 0.9

# As programs of before the seal wrote it, with one data set in another place.
"$python" - <<'PYTHON'
import h5py, shutil

def changed(name, change):
    shutil.copy("scores.h5", name)
    with h5py.File(name, "r+") as file:
        del file.attrs["sealed"]
        dice = file["metrics/dice"]
        values, attributes = dice[...], dict(dice.attrs)
        del file["metrics/dice"]
        change(file)
        if isinstance(file.get("metrics/dice", getlink=True), h5py.HardLink):
            file["metrics/dice"].attrs.update(attributes)
    return values, attributes

def elsewhere(file):
    with h5py.File("scores.h5") as whole, h5py.File("elsewhere.h5", "w") as other:
        whole.copy("metrics/dice", other, name="dice")

def external_link(file):
    file["metrics/dice"] = h5py.ExternalLink("elsewhere.h5", "/dice")

def soft_link_out(file):
    file["other"] = h5py.ExternalLink("elsewhere.h5", "/")
    file["metrics/dice"] = h5py.SoftLink("/other/dice")

def soft_link_within(file):
    with h5py.File("scores.h5") as whole:
        whole.copy("metrics/dice", file, name="dice")
    file["metrics/dice"] = h5py.SoftLink("/dice")

def virtual(file):
    with h5py.File("elsewhere.h5") as other:
        layout = h5py.VirtualLayout(other["dice"].shape, other["dice"].dtype)
        layout[...] = h5py.VirtualSource(other["dice"])
    file["metrics"].create_virtual_dataset("dice", layout)

def external_storage(file):
    with h5py.File("elsewhere.h5") as other:
        values = other["dice"][...]
    values.tofile("values.bin")
    file["metrics"].create_dataset("dice", values.shape, values.dtype, external=[("values.bin", 0, values.nbytes)])

elsewhere(None)
for change in [external_link, soft_link_out, soft_link_within, virtual, external_storage]:
    changed(change.__name__ + ".h5", change)
PYTHON

link="is a link into another file: copy what it stands for into this one"
expect_error 65 "external_link.h5:/metrics/dice: $link" cdf external_link.h5
expect_error 65 "soft_link_out.h5:/other: $link" cdf soft_link_out.h5
for file in virtual external_storage; do
  expect_error 65 "$file.h5:/metrics/dice: its numbers lie in another file" cdf $file.h5
done
for file in external_link soft_link_out virtual external_storage; do
  status=0
  check $file.h5 >out.tsv || status=$?
  [ "$status" = 1 ] && grep -q "another file" out.tsv || fail "check $file.h5: $status: $(cat out.tsv)"
done
cdf scores.h5 | grep -v '^#' >whole.tsv
cdf soft_link_within.h5 | grep -v '^#' >linked.tsv || fail "a link within the file is refused"
expect_same whole.tsv linked.tsv
