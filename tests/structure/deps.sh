# What is installed, with stand-ins for Debian's tools: all that is missing, but no LibTorch where
# there is another; and CMake is told of that one.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

cp -r "$REGIONWISE_SOURCE"/{Makefile,experiments,data_prep,scripts} .
mkdir stand-ins
cat >stand-ins/dpkg-query <<<$'#!/bin/sh\nexit 1'
cat >stand-ins/id <<<$'#!/bin/sh\necho 0'
cat >stand-ins/apt-get <<<$'#!/bin/sh\necho "$@" >>apt.txt'
cat >stand-ins/cmake <<<$'#!/bin/sh\necho "$@" >>cmake.txt\nmkdir -p build\ntouch build/CMakeCache.txt'
chmod +x stand-ins/*
export PATH="$PWD/stand-ins:$PATH"
unset MAKEFLAGS MAKELEVEL BUILD TORCH TORCH_DIR Torch_DIR CMAKE_PREFIX_PATH

installs() { # VARIABLE…: what `make deps` installs
  rm -f apt.txt
  make deps "$@" >out.txt 2>&1 || fail "$(cat out.txt)"
  grep '^install' apt.txt
}
expect_own_torch() { # VARIABLE…: Debian's LibTorch is left out, and said to be
  ! grep -q 'libtorch-dev\|openblas' <<<"$(installs "$@")" || fail "$*: $(cat apt.txt)"
  installs "$@" | grep -q libhdf5-dev || fail "$*: nothing else is installed either: $(cat apt.txt)"
  grep -q 'libtorch-dev and libopenblas0-pthread are left out' out.txt || fail "$*: $(cat out.txt)"
}
installs | grep -q 'libtorch-dev libopenblas0-pthread' || fail "$(cat apt.txt)"
installs TORCH=system | grep -q libtorch-dev || fail "$(cat apt.txt)"
expect_own_torch TORCH=python
expect_own_torch TORCH_DIR=/opt/libtorch
expect_own_torch Torch_DIR=/opt/libtorch/share/cmake/Torch
CMAKE_PREFIX_PATH=/opt/libtorch expect_own_torch

# tells TEXT VARIABLE…: CMake is told TEXT by `make build`, although the build folder exists.
tells() {
  local text=$1
  shift
  rm -f cmake.txt
  make build "$@" >out.txt 2>&1 || fail "$(cat out.txt)"
  grep -qF -- "$text" cmake.txt || fail "$*: $(cat cmake.txt)"
}
mkdir -p libtorch/share/cmake/Torch
tells "-DCMAKE_BUILD_TYPE=Release"
tells "-DTORCH=python" TORCH=python
tells "-DTorch_DIR=$PWD/libtorch/share/cmake/Torch" TORCH_DIR=libtorch
tells "-DTorch_DIR=/opt/cmake" Torch_DIR=/opt/cmake
tells "-DCMAKE_PREFIX_PATH=/opt/libtorch" CMAKE_PREFIX_PATH=/opt/libtorch
rm cmake.txt
make build >out.txt 2>&1
! grep -q -- "-S" cmake.txt || fail "configured again without need: $(cat cmake.txt)"

# Later calls without the variable go on with what the build folder was made with.
echo "Torch_DIR:PATH=/opt/libtorch/share/cmake/Torch" >build/CMakeCache.txt
expect_own_torch
echo "Torch_DIR:PATH=/usr/lib/x86_64-linux-gnu/cmake/Torch" >build/CMakeCache.txt
installs | grep -q libtorch-dev || fail "$(cat out.txt)"
