# A study of seconds with the real programs, for scripts: `source …/small_study.sh` lays the project's
# makefiles into this folder and defines `study`, which makes Table 2 of four synthetic patients with
# the options that it is given; its messages go to out.txt.
cp -r "$REGIONWISE_SOURCE"/{Makefile,experiments,data_prep,scripts} .
echo 'exit 0' >scripts/deps.sh
mkdir -p build stand-ins
touch build/CMakeCache.txt
ln -s "$REGIONWISE_BIN" build/bin
printf '#!/bin/sh\n' >stand-ins/cmake  # the programs are built
chmod +x stand-ins/cmake
cat >experiments/profiles/phantom-demo.json <<'JSON'
{
  "epochs": 3,
  "iterations-per-epoch": 20,
  "optimizer": {"learning-rate": 1e-3},
  "augmentation": "mirror",
  "plan": {"patch_size": [64, 64], "batch_size": 2, "base_features": 4},
  "validation": {"every": 3, "cases": 1, "mirroring": false},
  "failure": {"dice-below": 0}
}
JSON
unset MAKEFLAGS MAKELEVEL GPUS LAUNCH DATA PROFILE PRESET
study_targets="reproduce-table2 reproduce-figure7 DATA=phantom PROFILE=demo patients.demo=4"
study() {
  PATH="$PWD/stand-ins:$PATH" make -j4 $study_targets "$@" >>out.txt 2>&1
}
