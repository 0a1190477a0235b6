"""Rectified maps by one transform per class, with SciPy as the published code does, and with OpenCV."""

import numpy as np
from map_peers import measure_map


def rectified(labels, classes, transform, out):
    for k in range(classes):
        mask = labels == k
        if not mask.any():
            out[k] = 1
        elif mask.all():
            out[k] = -1
        else:
            distance = transform(mask)
            np.copyto(out[k], np.where(mask, distance / -distance.max(), 1))


measure_map(rectified)
