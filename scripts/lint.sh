#!/usr/bin/env bash
# Checks the format of all C++ sources and runs clang-tidy over libraries and programs; any finding fails.
#   scripts/lint.sh [FILE…]     only these files
# clang-tidy reads neither g++'s precompiled headers nor, in C++20, LibTorch 1.13's own ones: it has a
# configuration without the former (build-lint), and cmake/clang_libtorch.hpp for the latter.
set -eu -o pipefail
cd "$(dirname "$0")/.."
for tool in clang-format clang-tidy; do
  command -v $tool >/dev/null || { echo "lint.sh: this needs: sudo apt-get install clang-format clang-tidy" >&2; exit 1; }
done
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
cmake -S . -B build-lint -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'lib/*.cpp' 'tools/*.cpp' 'data_prep/*.cpp')
[ $# = 0 ] || files=("$@")
status=0
# clang-tidy counts on standard error what it suppressed in others' headers.
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build-lint \
  --extra-arg=-include --extra-arg="$PWD/cmake/clang_libtorch.hpp" 2>build-lint/messages.txt || status=$?
[ "$status" = 0 ] || { grep -v 'warnings\( and [0-9]* errors\)\? generated' build-lint/messages.txt >&2 || true; exit 1; }
echo "${#files[@]} files: nothing found."
