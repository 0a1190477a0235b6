# A few of the kills of `make kill-test`.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
BUILD=$(dirname "$REGIONWISE_BIN") "$REGIONWISE_SOURCE/scripts/kill_test.sh" 3 >out.txt || fail "$(cat out.txt)"
[ "$(grep -c "3 of 3 with equal bytes" out.txt)" = 5 ] || fail "$(cat out.txt)"
