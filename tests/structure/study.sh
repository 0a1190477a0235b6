# The study's graph, with stand-ins for the programs: each product is made once, a stopped study goes
# on where it was, and a rebuilt program does not cost a training, but makes its tables anew.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

cp -r "$REGIONWISE_SOURCE"/{Makefile,experiments,data_prep,scripts} .
mkdir -p build/bin stand-ins
touch build/CMakeCache.txt
for program in prepare-data compute-maps train evaluate permtest cdf table curves gradients map-slice gallery; do
  cat >"build/bin/$program" <<'STANDIN'
#!/usr/bin/env bash
# Notes the call and makes the output that was asked for; fails where a file fail-<program> lies.
program=$(basename "$0")
[ ! -e "fail-$program" ] || { echo "$program: error: stopped" >&2; exit 75; }
echo "$program $*" >>calls.txt
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then output=$2; fi
  shift
done
[ ! -e work.sh ] || source ./work.sh
[ -z "${output-}" ] || echo made >"$output"
STANDIN
  chmod +x "build/bin/$program"
done
# Builds what the folder rebuild/ names.
cat >stand-ins/cmake <<'STANDIN'
#!/usr/bin/env bash
for program in rebuild/*; do
  [ ! -e "$program" ] || mv "$program" build/bin/
done
STANDIN
echo 'exit 0' >scripts/deps.sh
cat >stand-ins/gnuplot <<'STANDIN'
#!/usr/bin/env bash
output=$(sed -E "s/.*output='([^']*)'.*/\1/" <<<"$2")
echo "gnuplot $2" >>calls.txt
case $output in *.png) touch "$output" ;; *) touch "$output.png" "$output.svg" ;; esac
STANDIN
chmod +x stand-ins/*
export PATH="$PWD/stand-ins:$PATH"
unset MAKEFLAGS MAKELEVEL ACDC17_ROOT BRATS18_ROOT KITS19_ROOT HIPPOCAMPUS_ROOT
unset DATA PROFILE PRESET DEVICE LAUNCH GPUS CUDA_VISIBLE_DEVICES
study() { make "$@" >out.txt 2>&1; }
calls() { grep -c "^$1 " calls.txt || true; }

# A fresh clone has nothing to verify but what others published, and says so.
mkdir -p results/published/elsewhere
study verify || fail "$(cat out.txt)"
[ "$(cat out.txt)" = "There is nothing to verify: no study was made in results/. make reproduce-table2 makes one." ] ||
  fail "$(cat out.txt)"

study reproduce-table2 reproduce-figure7 || fail "$(cat out.txt)"
grep -q "No data set is configured" out.txt || fail "the phantom is not announced: $(cat out.txt)"
rate=$(sed -n 's/.*"learning-rate": *\([0-9.e-]*\).*/\1/p' experiments/profiles/phantom-demo.json)
grep -q -- "--label phantom, profile demo, learning rate $rate, preset paper" calls.txt ||
  fail "no label: $(cat calls.txt)"
trainings=$(calls train)
[ "$trainings" -ge 4 ] || fail "$trainings trainings"
[ "$(calls evaluate)" = "$trainings" ] || fail "$(calls evaluate) evaluations"

if grep -q -- --stop-failed calls.txt; then fail "trainings may give up unasked"; fi

# Nothing is computed twice.
: >calls.txt
study reproduce-table2 || fail "$(cat out.txt)"
[ ! -s calls.txt ] || fail "computed again: $(cat calls.txt)"

# A call that builds the programs anew makes the tables and curves anew, but trains and scores nothing.
rebuild() {
  mkdir -p rebuild
  for program in "$@"; do
    cp "build/bin/$program" rebuild/
    touch "rebuild/$program"
  done
}
sleep 0.1
rebuild train evaluate prepare-data table curves
study reproduce-table2 reproduce-figure7 || fail "$(cat out.txt)"
[ "$(calls train)$(calls evaluate)$(calls prepare-data)" = 000 ] || fail "computed again: $(cat calls.txt)"
[ "$(calls table)$(calls curves)" = 32 ] || fail "stale tables: $(cat calls.txt)"
: >calls.txt
study reproduce-table2 || fail "$(cat out.txt)"
[ ! -s calls.txt ] || fail "computed again: $(cat calls.txt)"

# Other models than before, though none is new: the products are made of those that were asked for.
of_models() { sed -n 's/^table .*--format tsv.*/&/p' calls.txt | grep -o 'model-[0-9]*[.]metrics' | sort -u | tr -cd '0-9\n' | tr '\n' ' '; }
for seeds in "1 2" "3 4" "1 2" 1; do
  : >calls.txt
  study reproduce-table2 SEEDS="$seeds" || fail "$(cat out.txt)"
  [ "$(of_models)" = "$seeds " ] || fail "SEEDS=$seeds: of $(of_models)"
done
: >calls.txt
study reproduce-table2 SEEDS="1 1" || fail "$(cat out.txt)"
[ ! -s calls.txt ] || fail "computed again: $(cat calls.txt)"
study reproduce-figure5 MODELS=3 || fail "$(cat out.txt)"
: >calls.txt
study reproduce-figure5 MODELS=2 || fail "$(cat out.txt)"
[ "$(calls train)$(calls cdf)" = 01 ] || fail "Figure 5 of fewer models: $(cat calls.txt)"
rm -r results/phantom-demo-paper/convergence
for wrong in "SEEDS=" "SEEDS=0" "MODELS=" "MODELS=3 4" "STRATEGY_MODELS=x" "STOP_FAILED=0"; do
  ! study reproduce-table2 "$wrong" || fail "$wrong was taken"
  grep -qF "${wrong%%=*}=" out.txt || fail "$wrong: $(cat out.txt)"
done
study reproduce-table2 STOP_FAILED=no SEEDS=1 || fail "$(cat out.txt)"
if grep -q -- --stop-failed calls.txt; then fail "STOP_FAILED=no"; fi

# One result lost: it alone is made again, and the tables with it.
: >calls.txt
rm results/phantom-demo-paper/losses/dice/model-1.metrics.h5
study reproduce-table2 || fail "$(cat out.txt)"
[ "$(calls train)" = 0 ] && [ "$(calls evaluate)" = 1 ] || fail "$(cat calls.txt)"
[ "$(calls table)" = 3 ] || fail "the tables were not made again: $(cat calls.txt)"

# A training that stops ends the study with its line; the next call goes on.
: >calls.txt
rm results/phantom-demo-paper/losses/focal/model-1.run.h5
touch fail-train
! study reproduce-table2 || fail "a failed training went unnoticed"
grep -q "train: error: stopped" out.txt || fail "its message is not shown: $(cat out.txt)"
rm fail-train
study reproduce-table2 || fail "$(cat out.txt)"
[ "$(calls train)" = 1 ] || fail "$(cat calls.txt)"

# The gallery is of the map that was asked for, and labelled as everything else.
: >calls.txt
study gallery || fail "$(cat out.txt)"
study gallery MAP=boundary || fail "$(cat out.txt)"
study gallery MAP=boundary || fail "$(cat out.txt)"
[ "$(grep -o '^gallery .* --map [a-z]*' calls.txt | sed 's/.* //')" = "rectified
boundary" ] || fail "$(cat calls.txt)"
[ "$(grep -c "^gnuplot .*label='phantom, profile demo, learning rate $rate, preset paper'" calls.txt)" = 2 ] || fail "$(cat calls.txt)"
! study gallery DATA=elsewhere || fail "a gallery of no data"
grep -q "There is no experiments/profiles/elsewhere-" out.txt || fail "$(cat out.txt)"

# Changed settings are trained anew; presets and profiles are checked; a launcher stands before steps.
: >calls.txt
touch experiments/losses/dice.json
study reproduce-table2 LAUNCH='env X=1' || fail "$(cat out.txt)"
[ "$(calls train)" = 1 ] || fail "$(cat calls.txt)"
study reproduce-figure5 reproduce-figure6 || fail "$(cat out.txt)"
grep -q '^cdf ' calls.txt || fail "no distribution"
grep '^train.*boundary-cross-entropy-equal.json' calls.txt | grep -q -- '--config experiments/convergence/phantom-demo.json' || fail "$(cat calls.txt)"
study reproduce-figure3 || fail "$(cat out.txt)"
grep -q -- '^train .*--record-signs 1,2,4 .*-o results/phantom-demo-paper/signs/boundary/model-2.run.h5$' calls.txt || fail "$(cat calls.txt)"
[ "$(grep -c '^train .*convergence/boundary/model' calls.txt)" = 10 ] || fail "the figures do not share their trainings: $(cat calls.txt)"
! study reproduce-table2 PRESET=banana || fail "an unknown preset was taken"
! study reproduce-table2 DATA=hippocampus PROFILE=small || fail "hippocampus without its folder"
grep -q "HIPPOCAMPUS_ROOT" out.txt || fail "$(cat out.txt)"
study help || fail "$(cat out.txt)"

# At the paper's sizes the curves of strategies are of whole trainings, and those that fail are counted.
: >calls.txt
make -n reproduce-figure6 PROFILE=paper SEEDS=1 STRATEGY_MODELS=1 >out.txt 2>&1 || fail "$(cat out.txt)"
grep -q "train.* --update -o results/phantom-paper-paper/strategies/boundary/model-1.run.h5" out.txt || fail "$(cat out.txt)"
if grep -q train_until_converged out.txt; then fail "failed trainings of Figure 6 are replaced"; fi

# Both presets hold the same settings, and all that a study is told comes from there.
keys() { grep -o '"[a-z-]*":' "experiments/presets/$1.json" | sort; }
[ "$(keys paper)" = "$(keys authors)" ] || fail "the presets differ in what they say"
: >calls.txt
study reproduce-table2 PRESET=authors || fail "$(cat out.txt)"
grep '^train.*boundary-dice-gradual.json' calls.txt | grep -q -- '--config experiments/presets/authors.json' || fail "$(cat calls.txt)"
: >calls.txt
study results/phantom-paper-paper/losses/boundary-dice-gradual/model-1.metrics.h5 PROFILE=paper || fail "$(cat out.txt)"
grep '^evaluate' calls.txt | grep -q -- '--empty nan-drop' || fail "$(cat calls.txt)"

# A data set that moved, or is prepared otherwise, is prepared anew, and all that follows.
mkdir a b
hippocampus() { study reproduce-table2 DATA=hippocampus PROFILE=small SEEDS=1 "$@" || fail "$(cat out.txt)"; }
: >calls.txt
hippocampus HIPPOCAMPUS_ROOT=a
grep -q "^prepare-data hippocampus --root $PWD/a " calls.txt || fail "$(cat calls.txt)"
: >calls.txt
hippocampus HIPPOCAMPUS_ROOT="$PWD/a/"
[ ! -s calls.txt ] || fail "computed again: $(cat calls.txt)"
hippocampus HIPPOCAMPUS_ROOT=b
[ "$(calls prepare-data)$(calls train)$(calls evaluate)$(calls table)" = 1443 ] || fail "$(cat calls.txt)"
: >calls.txt
hippocampus HIPPOCAMPUS_ROOT=b evaluate.small=--no-mirroring
[ "$(calls train)$(calls evaluate)" = 04 ] || fail "other scores were asked for: $(cat calls.txt)"

# Naming a folder chooses the paper's data set at the paper's sizes; the preset reaches KiTS19's slices.
for name in acdc17 brats18 kits19; do
  : >calls.txt
  study reproduce-table2 "${name^^}_ROOT=there" SEEDS=1 PRESET=authors || fail "$(cat out.txt)"
  grep -q "^prepare-data $name --root .*/there" calls.txt || fail "$(cat calls.txt)"
  [ "$(calls train)" = 4 ] || fail "$name: $(calls train) trainings"
  [ "$(grep -c '^train .* --set epochs=300 ' calls.txt)" = 4 ] || fail "not the code's epochs: $(cat calls.txt)"
done
grep -q '^prepare-data kits19 .*--preset authors' calls.txt || fail "$(cat calls.txt)"

# Each training gets a GPU of its own: those named, or those of the machine where the programs can use
# any; none where DEVICE or a launcher chooses.
cat >work.sh <<'WORK'
case $program in
  train | evaluate)
    gpu=${CUDA_VISIBLE_DEVICES-none}
    mkdir "busy-$gpu" 2>/dev/null || [ "$gpu" = none ] || touch "shared-$gpu"
    echo "$program $gpu" >>gpus.txt
    sleep 0.2
    rmdir "busy-$gpu" 2>/dev/null || true
    ;;
esac
WORK
gpus_of() { # VARIABLE…: the GPUs that the trainings of a study use, sorted
  rm -rf gpus.txt shared-* results/phantom-demo-paper/losses
  study reproduce-table2 "$@" || fail "$(cat out.txt)"
  ! ls -d shared-* >/dev/null 2>&1 || fail "$*: two trainings shared a GPU: $(cat gpus.txt)"
  cut -d ' ' -f 2 gpus.txt | sort -u | tr '\n' ' '
}
[ "$(gpus_of -j4 GPUS=0,3)" = "0 3 " ] || fail "GPUS=0,3: $(cat gpus.txt)"
grep '^train' calls.txt | tail -1 | grep -q -- '--device cuda ' || fail "GPUS=0,3 would do without them: $(cat calls.txt)"
[ "$(gpus_of -j4)" = "none " ] || fail "no GPUs: $(cat gpus.txt)"
printf '#!/bin/sh\nprintf "GPU 0: H100 (UUID: x)\\nGPU 1: H100 (UUID: y)\\n"\n' >stand-ins/nvidia-smi
chmod +x stand-ins/nvidia-smi
[ "$(gpus_of DEVICE=cuda)" = "none " ] || fail "a program without CUDA was bound: $(cat gpus.txt)"
# As ldd, it knows nothing of scripts.
printf '#!/bin/sh\ncase $1 in *.sh) exit 1 ;; esac\necho libtorch_cuda.so\n' >stand-ins/ldd
chmod +x stand-ins/ldd
[ "$(gpus_of -j4)" = "0 1 " ] || fail "DEVICE=auto: $(cat gpus.txt)"
[ "$(gpus_of -j4 DEVICE=cuda)" = "0 1 " ] || fail "DEVICE=cuda: $(cat gpus.txt)"
[ "$(CUDA_VISIBLE_DEVICES=1 gpus_of DEVICE=cuda)" = "1 " ] || fail "not only GPU 1: $(cat gpus.txt)"
[ "$(gpus_of DEVICE=cpu)" = "none " ] || fail "DEVICE=cpu: $(cat gpus.txt)"
[ "$(gpus_of DEVICE=cuda:1)" = "none " ] || fail "DEVICE=cuda:1: $(cat gpus.txt)"
[ "$(gpus_of LAUNCH='env X=1')" = "none " ] || fail "LAUNCH: $(cat gpus.txt)"
! study reproduce-table2 DEVICE=cpu GPUS=0 || fail "GPUS with DEVICE=cpu"

# A table that the paper shows of another data set is made of that where its folder is named, in the
# same call; DATA chooses another.
mkdir -p there
: >calls.txt
study reproduce-table3 reproduce-figure9 BRATS18_ROOT=there SEEDS=1 || fail "$(cat out.txt)"
[ -e results/brats18-paper-paper/table3.md ] || fail "Table 3 is not of BraTS18: $(cat out.txt)"
study reproduce-table2 reproduce-table3 reproduce-table4 ACDC17_ROOT=there BRATS18_ROOT=there KITS19_ROOT=there SEEDS=1 ||
  fail "$(cat out.txt)"
[ -e results/acdc17-paper-paper/table2.md ] && [ -e results/kits19-paper-paper/table4.md ] || fail "$(cat out.txt)"
[ ! -e results/acdc17-paper-paper/table3.md ] || fail "Table 3 of ACDC17 was not asked for"
study reproduce-table3 DATA=acdc17 ACDC17_ROOT=there BRATS18_ROOT=there SEEDS=1 || fail "$(cat out.txt)"
[ -e results/acdc17-paper-paper/table3.md ] || fail "DATA did not choose: $(cat out.txt)"

# Trainings may give up on request, those of tables and those that are counted.
: >calls.txt
study reproduce-table2 reproduce-figure6 STOP_FAILED=yes PRESET=authors STRATEGY_MODELS=1 SEEDS=1 || fail "$(cat out.txt)"
[ "$(calls train)" -ge 10 ] && [ "$(grep -c "^train .*--stop-failed" calls.txt)" = "$(calls train)" ] || fail "$(grep ^train calls.txt)"
