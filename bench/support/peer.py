"""What the peers' scripts share: reading the inputs and measuring (see bench/README.md)."""

import json
import os
import sys
import time

import h5py

INPUTS = os.environ.get("REGIONWISE_BENCH_INPUTS", "build/bench/inputs")
BATCH_SECONDS = 0.05  # Google Benchmark is called with the same numbers by run.py.
REPETITIONS = 5


def existing(names):
    """Those of names whose input was written: real labels may be missing."""
    return [name for name in names if os.path.exists(f"{INPUTS}/{name}.h5")]


def batches():
    return existing(["hearts", "organs", "kits19", "patches", "hippocampus", "cube"])


def pairs():
    return existing(["organ_pair", "organ_pair_islet", "heart_pair"])


def read(name):
    """All data sets and attributes of an input, by name."""
    with h5py.File(f"{INPUTS}/{name}.h5", "r") as file:
        return {**{key: file[key][()] for key in file}, **dict(file.attrs)}


def measure(case, peer, function, result=None, repetitions=REPETITIONS):
    """Calls function in batches of at least BATCH_SECONDS and prints the best mean of a batch.

    result: a number that ours must agree with, or what makes it from function's value.
    """
    started = time.perf_counter()
    value = function()
    once = time.perf_counter() - started
    if callable(result):
        result = result(value)
    calls = max(1, int(BATCH_SECONDS / max(once, 1e-9)))
    best = once
    for _ in range(repetitions if once < 1 else 1):
        started = time.perf_counter()
        for _ in range(calls):
            function()
        best = min(best, (time.perf_counter() - started) / calls)
    work = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    line = {"work": work, "case": case, "peer": peer, "ms": 1000 * best}
    if result is not None:
        line["result"] = float(result)
    print(json.dumps(line), flush=True)
