# The rules of the source tree: a layer includes only itself and layers that lib/CMakeLists.txt lists
# before it, only TORCH layers include LibTorch, headers and tools have at most 150 lines.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# violations TREE: prints one line for each breach, nothing for a sound tree.
violations() (
  cd "$1"
  awk '
    FNR == 1 { layer = FILENAME; sub("^lib/", "", layer); sub("/.*", "", layer) }
    FILENAME == "lib/CMakeLists.txt" {
      if (match($0, /^regionwise_layer\([a-z_]+/)) {
        name = substr($0, 18, RLENGTH - 17)
        height[name] = ++layers
        torch[name] = $2 == "TORCH"
      }
      next
    }
    FNR == 1 && FILENAME ~ "^lib/" && !(layer in height) {
      print FILENAME ": lib/CMakeLists.txt does not list the layer " layer
    }
    FNR == 151 && FILENAME ~ /^tools\/|\.hpp$/ { print FILENAME ": more than 150 lines" }
    /^#include <(torch|ATen|c10)\// && !torch[layer] {
      print FILENAME ":" FNR ": includes LibTorch outside the layers that link it"
    }
    FILENAME ~ "^lib/" && match($0, /^#include "[a-z_0-9]+\//) {
      used = substr($0, 11, RLENGTH - 11)
      if (!(used in height)) print FILENAME ":" FNR ": " used " is no layer"
      else if (height[used] > height[layer]) print FILENAME ":" FNR ": " layer " includes " used ", above it"
    }
  ' lib/CMakeLists.txt $(find lib tools -name '*.hpp' -o -name '*.cpp' | sort)
)

# The check itself must see each kind of breach, and only it.
expect_breach() { # FILE LINE EXPECTED
  cp -r pristine broken
  mkdir -p "broken/$(dirname "$1")"
  printf '%s\n' "$2" >> "broken/$1"
  found=$(violations broken)
  rm -r broken
  [ "$found" = "$1$3" ] || fail "expected \"$1$3\", found \"$found\""
}

mkdir -p pristine/tools pristine/lib/{core,maps,losses}
printf '%s\n' '# The stack.' 'regionwise_layer(core LINKS fmt::fmt)' 'regionwise_layer(maps USES core)' \
  'regionwise_layer(losses TORCH USES maps)' > pristine/lib/CMakeLists.txt
printf '%s\n' '#include <torch/torch.h>' '#include "losses/loss.hpp"' '#include "maps/map.hpp"' \
  '#include "losses_index.inc"' > pristine/lib/losses/loss.cpp
seq 150 > pristine/lib/core/long.hpp
seq 150 > pristine/tools/long.cpp
seq 900 > pristine/lib/core/long.cpp
found=$(violations pristine)
[ -z "$found" ] || fail "a sound tree is refused: $found"

expect_breach lib/maps/map.hpp '#include "losses/loss.hpp"' ':1: maps includes losses, above it'
expect_breach lib/core/core.cpp '#include "maps/map.hpp"' ':1: core includes maps, above it'
expect_breach lib/maps/map.cpp '#include "mapz/map.hpp"' ':1: mapz is no layer'
expect_breach lib/maps/map.cpp '#include <torch/torch.h>' \
  ':1: includes LibTorch outside the layers that link it'
expect_breach tools/train.cpp '#include <ATen/ATen.h>' \
  ':1: includes LibTorch outside the layers that link it'
expect_breach lib/extra/extra.cpp 'int x;' ': lib/CMakeLists.txt does not list the layer extra'
expect_breach lib/core/long.hpp 151 ': more than 150 lines'
expect_breach tools/long.cpp 151 ': more than 150 lines'

found=$(violations "$REGIONWISE_SOURCE")
[ -z "$found" ] || fail "$found"
