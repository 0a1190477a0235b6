"""The reference's augmentation the way batchgenerators runs it, written anew with NumPy and SciPy, sample by
sample (batchgenerators itself is not in Debian).

Steps, probabilities and ranges are those of AugmentationConfig, for one channel; each step takes the
way that library takes: map_coordinates of order 3 for the image, of order 1 for each label's mask.
"""

import numpy as np
from peer import existing, measure, read
from scipy import ndimage

CASES = {"365": ("images_365", (256, 224)), "80": ("images_80", (56, 40))}
PEER = "batchgenerators' way (SciPy)"
IMAGES = 400  # as bench/augmentation.cpp


def coordinates(patch, shape, angle, scale):
    grid = np.array(np.meshgrid(*[np.arange(size) for size in patch], indexing="ij"), dtype=float)
    grid -= (np.array(patch).reshape(2, 1, 1) - 1) / 2
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    grid = (grid.reshape(2, -1).T @ matrix).T.reshape(grid.shape) * scale
    return grid + np.round(np.array(shape) / 2).reshape(2, 1, 1)


def warp(image, label, patch, angle, scale):
    at = coordinates(patch, image.shape, angle, scale)
    warped = ndimage.map_coordinates(image, at, order=3, mode="constant", cval=0).astype(np.float32)
    labels = np.zeros(patch, dtype=label.dtype)
    for value in np.unique(label):
        mask = (label == value).astype(float)
        share = ndimage.map_coordinates(mask, at, order=1, mode="constant", cval=-1)
        labels[share >= 0.5] = value
    return warped, labels


def crop(array, patch):
    y, x = [(size - part) // 2 for size, part in zip(array.shape, patch)]
    return array[y : y + patch[0], x : x + patch[1]].copy()


def around_one(random, low, high):
    return random.uniform(low, 1) if random.random() < 0.5 else random.uniform(1, high)


def contrast(image, factor):
    mean, low, high = image.mean(), image.min(), image.max()
    image[:] = (image - mean) * factor + mean
    np.clip(image, low, high, out=image)
    return image


def lower_resolution(image, zoom):
    small = np.round(np.array(image.shape) * zoom).astype(int)
    return resize(resize(image, small, 0), image.shape, 3)


def resize(image, shape, order):
    """As skimage.transform.resize: half-pixel centres, the border repeated, clipped to the range."""
    factors = np.array(shape) / np.array(image.shape)
    result = ndimage.zoom(image, factors, order=order, mode="nearest", grid_mode=True)
    return np.clip(result, image.min(), image.max())


def gamma(image, exponent, inverted):
    if inverted:
        image = -image
    mean, deviation, low = image.mean(), image.std(), image.min()
    span = image.max() - low
    image = np.power((image - low) / float(span + 1e-7), exponent) * float(span + 1e-7) + low
    image = image - image.mean() + mean
    image = image / (image.std() + 1e-8) * deviation
    return -image if inverted else image


def augment(image, label, patch, random):
    limit = np.pi if max(patch) / min(patch) <= 1.5 else np.pi / 12
    rotated, scaled = random.random() < 0.2, random.random() < 0.2
    if rotated or scaled:
        angle = random.uniform(-limit, limit) if rotated else 0
        scale = around_one(random, 0.7, 1.4) if scaled else 1
        image, label = warp(image, label, patch, angle, scale)
    else:
        image, label = crop(image, patch), crop(label, patch)
    if random.random() < 0.1:
        image = image + random.normal(0, random.uniform(0, 0.1), size=image.shape)
    if random.random() < 0.2 and random.random() < 0.5:
        image = ndimage.gaussian_filter(image, random.uniform(0.5, 1), order=0)
    if random.random() < 0.15:
        image *= random.uniform(0.75, 1.25)
    if random.random() < 0.15:
        image = contrast(image, around_one(random, 0.75, 1.25))
    if random.random() < 0.25 and random.random() < 0.5:
        image = lower_resolution(image, random.uniform(0.5, 1))
    if random.random() < 0.1:
        image = gamma(image, around_one(random, 0.7, 1.5), True)
    if random.random() < 0.3:
        image = gamma(image, around_one(random, 0.7, 1.5), False)
    if random.random() < 0.5:
        image, label = image[::-1], label[::-1]
    if random.random() < 0.5:
        image, label = image[:, ::-1], label[:, ::-1]
    label = np.where(label < 0, 0, label)
    return np.ascontiguousarray(image, dtype=np.float32), np.ascontiguousarray(label)


def main():
    for case, (name, patch) in CASES.items():
        if not existing([name]):
            continue
        data = read(name)
        images, labels = data["images"], data["labels"]

        def augment_all():
            random = np.random.RandomState(1)
            for i in range(IMAGES):
                augment(images[i % len(images)], labels[i % len(labels)], patch, random)

        measure(case, PEER, augment_all)
        measure(f"{case}-warp", PEER, lambda: warp(images[0], labels[0], patch, 0.4, 1.1),
                result=lambda warped: warped[0].sum(dtype=np.float64))


main()
