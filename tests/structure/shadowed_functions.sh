# Functions of the standard library that a LibTorch may replace by broken ones of its own: why, and what to
# call instead, says lib/core/temporary_folder.hpp.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
cd "$REGIONWISE_SOURCE"
! grep -rnE --include='*.[ch]pp' '\bremove_all *\(' lib tools tests bench || fail "call remove_folder instead"
