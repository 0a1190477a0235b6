# A dataset of two synthetic patients and a configuration that trains on it in seconds, for scripts:
# `source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"` makes hearts.h5 and tiny.json. The dataset is that
# of hearts.sh where there is one, which takes no time.
drawn_hearts=$(dirname "$REGIONWISE_BIN")/tests/hearts.h5
if [ "$drawn_hearts" -nt "$REGIONWISE_BIN/prepare-data" ]; then
  cp "$drawn_hearts" hearts.h5
else
  prepare-data phantom --patients 2 --seed 3 -o hearts.h5 --quiet
fi
cat >tiny.json <<'JSON'
{
  "name": "tiny",
  "loss": {"name": "region-wise", "map": {"name": "rectified"}},
  "epochs": 2,
  "iterations-per-epoch": 3,
  "optimizer": {"learning-rate": 0.01},
  "plan": {
    "patch_size": [64, 64],
    "batch_size": 2,
    "strides": [[2, 2], [2, 2], [2, 2]],
    "kernels": [[3, 3], [3, 3], [3, 3], [3, 3]],
    "base_features": 4
  },
  "validation": {"every": 2, "cases": 1, "hausdorff": false}
}
JSON
tiny_train() { train --data hearts.h5 --config tiny.json --seed 1 --threads 1 --quiet "$@"; }
