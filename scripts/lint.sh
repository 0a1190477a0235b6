#!/usr/bin/env bash
# Checks the format of all C++ sources and runs clang-tidy over libraries and programs; any finding fails.
#   scripts/lint.sh [FILE…]     only these files
# clang-tidy reads neither g++'s precompiled headers nor, in C++20, LibTorch 1.13's own ones: it has a
# configuration without the former (build-lint), and cmake/clang_libtorch.hpp for the latter. All files are
# read folder by folder as one (build-lint-all), LibTorch's headers once for each.
set -eu -o pipefail
cd "$(dirname "$0")/.."
for tool in clang-format clang-tidy; do
  command -v $tool >/dev/null || { echo "lint.sh: this needs: sudo apt-get install clang-format clang-tidy" >&2; exit 1; }
done
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
build=build-lint
unity=OFF
[ $# -gt 0 ] || { build=build-lint-all && unity=ON; }
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DREGIONWISE_TESTS=OFF -DREGIONWISE_UNITY=$unity -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
cmake --build $build --target regionwise_version >/dev/null
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)",\?$/\1/p' $build/compile_commands.json)
status=0
# clang-tidy counts on standard error what it suppressed in others' headers.
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p $build \
  --checks=-bugprone-suspicious-include,-readability-redundant-declaration \
  --extra-arg=-include --extra-arg="$PWD/cmake/clang_libtorch.hpp" 2>$build/messages.txt || status=$?
[ "$status" = 0 ] || { grep -v 'warnings\( and [0-9]* errors\)\? generated' $build/messages.txt >&2 || true; exit 1; }
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'lib/*.cpp' 'tools/*.cpp')
echo "${#files[@]} sources: nothing found."
