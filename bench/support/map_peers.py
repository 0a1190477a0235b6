"""What the peers of the region-wise maps share: SciPy's and OpenCV's transforms of whole batches, and
seung-lab's transform of all labels at once where Python has it (pip install edt: it is not in Debian)."""

import cv2
import numpy as np
from peer import batches, measure, read
from scipy.ndimage import distance_transform_edt

try:
    import edt
except ImportError:
    edt = None


def opencv(mask):
    return cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def of_all_labels(labels):
    """The distance from each pixel to the nearest of another label; labels count from 1 there."""
    return edt.edt(labels.astype(np.uint8) + 1, black_border=False, parallel=1)


def measure_map(map_of, map_of_labels=None):
    """map_of(labels, classes, transform, out) fills out [classes, *labels.shape] float32; so does
    map_of_labels, where a map can be had of one transform of all labels."""
    cv2.setNumThreads(1)

    def batch(fill, labels, classes, transform, out):
        for image, maps in zip(labels, out):
            fill(image, classes, transform, maps)
        return out

    for case in batches():
        data = read(case)
        labels, classes = data["labels"], int(data["classes"])
        out = np.empty((labels.shape[0], classes, *labels.shape[1:]), np.float32)
        peers = {"scipy": (map_of, distance_transform_edt)}
        if labels.ndim == 3:
            peers["opencv precise"] = (map_of, opencv)
        if edt and map_of_labels:
            peers["seung-lab edt"] = (map_of_labels, of_all_labels)
        for peer, (fill, transform) in peers.items():
            measure(case, peer, lambda: batch(fill, labels, classes, transform, out),
                    result=lambda maps: maps.sum(dtype=np.float64), repetitions=3)
