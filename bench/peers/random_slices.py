"""Random slices with their labels through h5py, the data sets opened beforehand: 96 slices a pass."""

import random

import h5py
import numpy as np
from peer import INPUTS, measure

for name in ("slices", "slices_deflate"):
    with h5py.File(f"{INPUTS}/{name}.h5", "r") as file:
        cases = [(case["image"], case["label"]) for case in file["cases"].values()]
        places = [(i, z) for i, (image, _) in enumerate(cases) for z in range(image.shape[1])]
        random.Random(1).shuffle(places)
        image = np.empty((1, 1, 256, 224), np.float32)
        label = np.empty((1, 256, 224), np.int8)

        def read(each=lambda image: None):
            for i, z in places:
                cases[i][0].read_direct(image, np.s_[:, z:z + 1])
                cases[i][1].read_direct(label, np.s_[z:z + 1])
                each(image)

        sums = []
        read(lambda image: sums.append(image.sum(dtype=np.float64)))
        measure(name, "h5py", read, result=sum(sums))
