"""The same training step in plain PyTorch, as a researcher would write it: the 2-D nnU-Net from
torch.nn, rectified maps by SciPy on the fly, clip_grad_norm_, Adam. Prints JSON lines (README.md).

    training_step.py [--cpu] [CASE...]    --cpu: processor time instead of real time, for busy machines

Where PyTorch has a GPU, also on it: eager with autocast, and the same in channels-last order. The maps,
which SciPy makes on the processor, are then made before the clock starts.
"""

import json
import os
import sys
import time

THREADS = [1, 2]
os.environ["OMP_NUM_THREADS"] = str(max(THREADS))
os.environ["OPENBLAS_NUM_THREADS"] = str(max(THREADS))

import ctypes  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy.ndimage import distance_transform_edt  # noqa: E402
from torch import nn  # noqa: E402

CLOCK = time.process_time if "--cpu" in sys.argv else time.perf_counter
PLANS = {
    "hippocampus": (32, 56, 40, 3, [(2, 2)] * 3),
    "hearts": (4, 256, 224, 4, [(2, 2)] * 5 + [(2, 1)]),
}
GPU_BATCHES = {"hippocampus": 32, "hearts": 58}


def set_threads(count):
    torch.set_num_threads(count)
    try:  # PyTorch does not tell OpenBLAS
        ctypes.CDLL("libopenblas.so.0").openblas_set_num_threads(count)
    except OSError:
        pass


def unit(inputs, outputs, stride=(1, 1)):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1),
        nn.InstanceNorm2d(outputs, eps=1e-5, affine=True),
        nn.LeakyReLU(0.01, inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, classes, strides):
        super().__init__()
        levels = len(strides)
        width = [min(32 << depth, 480) for depth in range(levels + 1)]
        self.down = nn.ModuleList()
        for depth in range(levels + 1):
            inputs = width[depth - 1] if depth else 1
            stride = strides[depth - 1] if depth else (1, 1)
            self.down.append(
                nn.Sequential(unit(inputs, width[depth], stride), unit(width[depth], width[depth]))
            )
        self.up, self.merge, self.heads = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for depth in reversed(range(levels)):
            stride = strides[depth]
            self.up.append(
                nn.ConvTranspose2d(width[depth + 1], width[depth], stride, stride, bias=False)
            )
            self.merge.append(
                nn.Sequential(
                    unit(2 * width[depth], width[depth]), unit(width[depth], width[depth])
                )
            )
            self.heads.append(nn.Conv2d(width[depth], classes, 1, bias=False))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.kaiming_normal_(module.weight, 0.01)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        skips = []
        for stage in self.down[:-1]:
            x = stage(x)
            skips.append(x)
        x = self.down[-1](x)
        logits = []
        for up, merge, head in zip(self.up, self.merge, self.heads):
            x = merge(torch.cat([up(x), skips.pop()], 1))
            logits.append(head(x))
        return logits[:0:-1]  # full resolution first, without the lowest


def rectified_map(labels, classes):
    maps = np.ones((labels.shape[0], classes, *labels.shape[1:]), np.float32)
    for sample, label in enumerate(labels):
        for k in range(classes):
            inside = label == k
            if inside.all():
                maps[sample, k] = -1
            elif inside.any():
                distance = distance_transform_edt(inside)
                maps[sample, k][inside] = -distance[inside] / distance.max()
    return torch.from_numpy(maps)


def make_input(batch, height, width, classes):
    labels = np.zeros((batch, height, width), np.int64)
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    for n in range(batch):
        cy, cx = height * (0.4 + 0.02 * (n % 8)), width * (0.6 - 0.02 * (n % 8))
        for k in range(1, classes):
            radius = 0.35 * width / k
            labels[n][(y - cy) ** 2 + (x - cx) ** 2 < radius * radius] = k
    torch.manual_seed(1)
    images = torch.from_numpy(labels).float().unsqueeze(1)
    return images + 0.5 * torch.randn_like(images), labels


def head_labels(labels, strides):
    """The labels of each head whose loss has a weight: all but the lowest (nearest neighbour)."""
    fy = fx = 1
    for sy, sx in strides[:-1]:
        height, width = labels.shape[1] // fy, labels.shape[2] // fx
        yield labels[:, fy // 2 :: fy, fx // 2 :: fx][:, :height, :width]
        fy, fx = fy * sy, fx * sx


def make_step(plan, half, device="cpu", order=torch.contiguous_format):
    batch, height, width, classes, strides = PLANS[plan]
    if device == "cuda":
        batch = GPU_BATCHES[plan]
    torch.manual_seed(1)
    net = UNet(classes, strides).to(device, memory_format=order)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=3e-5)
    images, labels = make_input(batch, height, width, classes)
    images = images.to(device, memory_format=order)
    ready = {}  # on a GPU: the map of each head
    weights = np.array([0.5**i for i in range(len(strides) - 1)])
    weights /= weights.sum()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=half):
            logits = net(images)
        loss = 0
        targets = head_labels(labels, strides)
        for index, (weight, head, target) in enumerate(zip(weights, logits, targets)):
            if device == "cpu" or index not in ready:
                ready[index] = rectified_map(target, classes).to(device)
            loss = loss + weight * (head.float().softmax(1) * ready[index]).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 12)
        optimizer.step()
        return loss.item()

    return step


def make_maps(plan, batch=None):
    """The maps of a step, by SciPy; returns the sum of their values."""
    usual, height, width, classes, strides = PLANS[plan]
    _, labels = make_input(batch or usual, height, width, classes)

    def maps():
        found = [rectified_map(target, classes) for target in head_labels(labels, strides)]
        return sum(float(map.sum(dtype=torch.float64)) for map in found)

    return maps


def time_steps(case, peer, step, synchronize=lambda: None, result=False):
    value = step()
    best = float("inf")
    for _ in range(5):
        started = CLOCK()
        step()
        synchronize()
        best = min(best, CLOCK() - started)
    line = {"work": "training_step", "case": case, "peer": peer, "ms": 1000 * best}
    if result:
        line["result"] = value
    print(json.dumps(line), flush=True)


def main():
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    for plan in PLANS:
        for threads in THREADS:
            case = f"{plan}-{threads}-threads"
            if wanted and case not in wanted:
                continue
            set_threads(threads)
            for peer, half in (("torch", False), ("torch-bfloat16", True)):
                time_steps(case, peer, make_step(plan, half))
            time_steps(f"{plan}-maps-{threads}-threads", "scipy", make_maps(plan), result=True)
        case = f"{plan}-gpu"
        if not torch.cuda.is_available() or wanted and case not in wanted:
            continue
        torch.backends.cudnn.benchmark = True
        for peer, half, order in (("torch", False, torch.contiguous_format),
                                  ("torch-bfloat16", True, torch.contiguous_format),
                                  ("torch-bfloat16-nhwc", True, torch.channels_last)):
            step = make_step(plan, half, "cuda", order)
            time_steps(case, peer, step, torch.cuda.synchronize)
        time_steps(f"{plan}-maps-gpu", "scipy", make_maps(plan, GPU_BATCHES[plan]), result=True)


main()
