# Other programs read the maps: h5py finds Eq. 4's properties in every case.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
python=$(python_with h5py numpy) || skip "no python3 with h5py"

prepare-data phantom --patients 2 -o data.h5 --quiet
compute-maps --map rectified data.h5 -o maps.h5
"$python" - <<'PYTHON'
import h5py, numpy

data, maps = h5py.File("data.h5"), h5py.File("maps.h5")
assert maps.attrs["format"] == "regionwise/maps", maps.attrs["format"]
assert sorted(maps["cases"]) == sorted(data["cases"]) and len(maps["cases"]) > 0
for case in maps["cases"]:
    z, label = maps["cases"][case]["map"][...], data["cases"][case]["label"][...]
    assert z.dtype == numpy.float32 and z.shape[1:] == label.shape
    for k, channel in enumerate(z):
        assert (channel[label != k] == 1).all()
        for plane, inside in zip(channel, label == k):
            assert not inside.any() or plane[inside].min() == -1 and plane[inside].max() < 0
PYTHON
