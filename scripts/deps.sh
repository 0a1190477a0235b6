#!/usr/bin/env bash
# Installs the Debian packages that the project needs and that are missing, and says what each is for;
# `deps.sh bench`: those that the benchmarks need beside them; `deps.sh slurm`: a Slurm to test with.
# Without root, and without sudo that asks nothing, it prints the command to run and fails.
# Where another LibTorch is named (TORCH, TORCH_DIR, Torch_DIR or CMAKE_PREFIX_PATH, see README.md), or
# the build folder was made with one, Debian's is left out.
set -u

packages='
g++                     C++20 compiler
cmake                   configures the build
ninja-build             runs the build
git                     the version that every result records
ccache                  makes a second build quick
libtorch-dev            tensors, automatic differentiation, the network (LibTorch, CPU)
libopenblas0-pthread    fast linear algebra for LibTorch: halves the time of a training step
libhdf5-dev             the files that the programs hand to one another
libdeflate-dev          compressed slices, inflated faster and by several threads
hdf5-tools              h5dump and h5diff, in tests and by hand
libnifti2-dev           NIfTI images
zlib1g-dev              compressed NIfTI images
libpng-dev              pictures of training samples
libcli11-dev            options of the programs
libfmt-dev              text formatting
nlohmann-json3-dev      configurations
libboost-dev            Boost.Math: quantiles of distributions
librandom123-dev        counter-based random numbers
libxxhash-dev           content hashes
libgtest-dev            tests
librapidcheck-dev       property tests
gnuplot-nox             figures
python3-h5py            tests only: other programs read our HDF5 files
python3-nibabel         tests only: other programs read our NIfTI images
'
if [ "${1-}" = bench ]; then
  packages='
libbenchmark-dev        measures our programs
python3-numpy           a peer, and in all of them
python3-scipy           a peer: what the published code computes maps with
python3-torch           a peer: what the published code trains with (PyTorch, CPU)
python3-opencv          a peer: distance transforms
python3-h5py            a peer: reads slices
'
fi
if [ "${1-}" = slurm ]; then
  packages='
munge                   lets Slurm's daemons trust one another
slurmctld               Slurm's controller
slurmd                  runs jobs on a machine
slurm-client            srun and its like
'
fi

own_torch=
for variable in TORCH TORCH_DIR Torch_DIR CMAKE_PREFIX_PATH; do
  [ -z "${!variable-}" ] || own_torch=${own_torch:-$variable=${!variable}}
done
[ "${TORCH-}" != system ] || own_torch=
configured=$(sed -n 's/^Torch_DIR:PATH=//p' "${BUILD:-build}/CMakeCache.txt" 2>/dev/null)
case $configured in
  '' | /usr/lib/* | /usr/share/* | *-NOTFOUND) ;;
  *) own_torch=${own_torch:-${BUILD:-build} uses $configured} ;;
esac
if [ -n "$own_torch" ] && [ -z "${1-}" ]; then
  echo "LibTorch is your own ($own_torch): Debian's libtorch-dev and libopenblas0-pthread are left out."
  packages=$(grep -Ev '^(libtorch-dev|libopenblas0-pthread) ' <<<"$packages")
fi

missing=()
while read -r package reason; do
  [ -n "$package" ] || continue
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' && continue
  [ ${#missing[@]} -gt 0 ] || echo "These packages are missing:"
  printf '  %-22s %s\n' "$package" "$reason"
  missing+=("$package")
done <<<"$packages"

if [ ${#missing[@]} -eq 0 ]; then
  echo "All packages are installed."
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "This is not a Debian system: install the libraries above by its own means (README.md, Build)." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    echo "Root is needed to install them. Run:" >&2
    echo "  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq || echo "The package lists could not be refreshed; trying with those at hand." >&2
exec "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}"
