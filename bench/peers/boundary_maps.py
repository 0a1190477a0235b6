"""Boundary maps by two transforms per class, with SciPy as the published code does, and with OpenCV."""

import cv2
import numpy as np
from peer import batches, measure, read
from scipy.ndimage import distance_transform_edt


def boundary(labels, classes, transform, out):
    """Of one image, into out [classes, *labels.shape] float32."""
    for k in range(classes):
        mask = labels == k
        if mask.any() and not mask.all():
            np.subtract(transform(~mask), transform(mask), out=out[k], casting="same_kind")
        else:
            out[k] = 0


def opencv(mask):
    return cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def batch(labels, classes, transform, out):
    for image, maps in zip(labels, out):
        boundary(image, classes, transform, maps)
    return out


cv2.setNumThreads(1)
for case in batches():
    data = read(case)
    labels, classes = data["labels"], int(data["classes"])
    out = np.empty((labels.shape[0], classes, *labels.shape[1:]), np.float32)
    peers = {"scipy": distance_transform_edt}
    if labels.ndim == 3:
        peers["opencv precise"] = opencv
    for peer, transform in peers.items():
        measure(case, peer, lambda: batch(labels, classes, transform, out),
                result=lambda maps: maps.sum(dtype=np.float64), repetitions=3)
