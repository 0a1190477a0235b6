# Functions of the standard library that a LibTorch may replace by broken ones of its own: why, and what to
# call instead, says lib/core/temporary_folder.hpp.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
calls() { (cd "$1" && grep -rnE --include='*.[ch]pp' --include='*.cu' '\bremove_all *\(' lib tools tests bench) || [ $? = 1 ]; }
mkdir -p tree/lib tree/tools tree/tests tree/bench
echo 'fs::remove_all(folder);' >tree/tests/x.cpp
[ -n "$(calls tree)" ] || fail "a call is not seen"
found=$(calls "$REGIONWISE_SOURCE")
[ -z "$found" ] || fail "call remove_folder instead: $found"
