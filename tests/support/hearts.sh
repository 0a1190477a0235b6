# Draws the dataset of tests/support/tiny_study.sh, once for all tests, to build/tests/hearts.h5.
drawn=$(dirname "$REGIONWISE_BIN")/tests/hearts.h5
prepare-data phantom --patients 2 --seed 3 -o hearts.h5 --quiet
mv hearts.h5 "$drawn.$$"
mv "$drawn.$$" "$drawn"
