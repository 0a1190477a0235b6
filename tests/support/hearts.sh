# Draws the dataset of tests/support/tiny_study.sh anew, once for all tests, to build/tests/hearts.h5.
drawn_hearts=$(dirname "$REGIONWISE_BIN")/tests/hearts.h5
rm -f "$drawn_hearts"
source "$REGIONWISE_SOURCE/tests/support/tiny_study.sh"
mv hearts.h5 "$drawn_hearts"
