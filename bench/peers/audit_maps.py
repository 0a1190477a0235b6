"""The shares of the simplex with any wrong sign, whole batches at once with NumPy; ours also finds each
class's share, the smallest change and the worst pixels."""

import numpy as np
from peer import batches, measure, read
from scipy.ndimage import distance_transform_edt


def boundary_maps(labels, classes):
    maps = np.zeros((classes, *labels.shape), np.float32)
    for image, out in zip(labels, maps.swapaxes(0, 1)):
        for k in range(classes):
            mask = image == k
            if mask.any() and not mask.all():
                out[k] = distance_transform_edt(~mask) - distance_transform_edt(mask)
    return maps


def unsafe_shares(maps, labels):
    own = np.take_along_axis(maps, labels[None].astype(np.intp), 0)[0].astype(np.float64)
    least = np.full(labels.shape, np.inf)
    for k, z in enumerate(maps):
        np.minimum(least, np.where(labels == k, np.inf, z), out=least)
    product = np.ones(labels.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, z in enumerate(maps):
            product *= np.where(labels == k, 1, (least - own) / (z - own))
    constant = (maps == maps[:1]).all(axis=0)
    return np.where(constant, 0, np.where(own >= least, 1, 1 - product))


for case in batches():
    data = read(case)
    labels = data["labels"]
    maps = boundary_maps(labels, int(data["classes"]))
    measure(case, "numpy", lambda: unsafe_shares(maps, labels),
            result=lambda shares: shares.sum(), repetitions=3)
