"""Hausdorff distance of two masks in mm, in three ways of our own from SciPy's functions.

whole: MedPy's definition (metric.binary.hd, what nnU-Net calls) on whole volumes, as MedPy does it; MedPy
itself is not in Debian. KD-tree: the same surfaces, nearest neighbours by a tree. crop: the first within the
box that holds both masks. Each gives all distances, so that the other surface metrics would cost little more.
"""

import numpy as np
from peer import measure, pairs, read
from scipy.ndimage import binary_erosion, distance_transform_edt, find_objects
from scipy.ndimage import generate_binary_structure
from scipy.spatial import cKDTree


def surface(mask):
    return mask & ~binary_erosion(mask, generate_binary_structure(mask.ndim, 1))


def whole(prediction, reference, spacing):
    def directed(mask, other):
        distances = distance_transform_edt(~surface(other), sampling=spacing)
        return distances[surface(mask)].max()

    return max(directed(prediction, reference), directed(reference, prediction))


def cropped(prediction, reference):
    box = find_objects((prediction | reference).view(np.uint8))[0]
    return prediction[box], reference[box]


def crop(prediction, reference, spacing):
    prediction, reference = (surface(mask) for mask in cropped(prediction, reference))

    def directed(mask, other):
        return distance_transform_edt(~other, sampling=spacing)[mask].max()

    return max(directed(prediction, reference), directed(reference, prediction))


def surfaces(prediction, reference, spacing):
    points = [np.argwhere(surface(mask)) * spacing for mask in cropped(prediction, reference)]
    there = cKDTree(points[1]).query(points[0])[0].max()
    return max(there, cKDTree(points[0]).query(points[1])[0].max())


for case in pairs():
    data = read(case)
    masks = [data[name] != 0 for name in ("prediction", "reference")]
    for name, peer in (("MedPy's way (SciPy)", whole), ("KD-tree (SciPy)", surfaces), ("crop (SciPy)", crop)):
        measure(case, name, lambda: peer(*masks, data["spacing_mm"]), result=float)
