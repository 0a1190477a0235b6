"""10,000 sign flips, drawn one by one and independent, with SciPy and NumPy. (mlxtend, which is slower than
all of them, is not in Debian.)"""

import numpy as np
import scipy.stats
from peer import measure

DRAWS = 10000


def differences(n):
    x = np.sin(np.arange(1, n + 1) * 12.9898) * 43758.5453
    return 0.1 * (x - np.floor(x) - 0.5)


def scipy_test(d):
    return scipy.stats.permutation_test(
        (d,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=DRAWS, batch=max(1, 10_000_000 // d.size)).pvalue


def p_value(sums, d):
    return (np.count_nonzero(np.abs(sums) >= abs(d.sum()) - 1e-12) + 1) / (DRAWS + 1)


def numpy_loop(d, random):
    sums = np.empty(DRAWS)
    for i in range(DRAWS):
        sums[i] = np.where(random.random(d.size) < 0.5, -d, d).sum()
    return p_value(sums, d)


def numpy_matrix(d, random):
    """Signs from random bits, in blocks that stay in the cache; float32 halves the product."""
    sums = np.empty(DRAWS)
    block = max(1, 2_000_000 // d.size)
    for start in range(0, DRAWS, block):
        rows = min(block, DRAWS - start)
        bits = np.unpackbits(np.frombuffer(random.bytes(rows * (d.size + 7) // 8 + 8), np.uint8),
                             count=rows * d.size)
        chosen = bits.reshape(rows, d.size).astype(np.float32)
        sums[start:start + rows] = 2 * (chosen @ d.astype(np.float32)) - d.sum()
    return p_value(sums, d)


for n in (100, 10000):
    d = differences(n)
    random = np.random.default_rng(0)
    measure(f"n{n}", "numpy matrix", lambda: numpy_matrix(d, random), result=float)
    measure(f"n{n}", "numpy loop", lambda: numpy_loop(d, random), result=float, repetitions=2)
    measure(f"n{n}", "scipy", lambda: scipy_test(d), result=float, repetitions=2)
