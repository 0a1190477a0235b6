# What the tests skipped is said after them, once for each reason.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
summary="$REGIONWISE_SOURCE/scripts/skipped_tests.sh"
cat >log <<'LOG'
1/3 Testing: storage
Output:
----------------------------------------------------------
tests/storage/nifti_test.cpp:444: Skipped
no real images (REGIONWISE_DATA)
tests/storage/nifti_test.cpp:479: Skipped
no real images (REGIONWISE_DATA)
[  PASSED  ] 119 tests.
[  SKIPPED ] 2 tests.
<end of output>
2/3 Testing: geometry.golden
[ NOTE     ] whole misc.h5 not found: a selection is used
<end of output>
3/3 Testing: cli.predict.goes_on
SKIPPED: no real images (REGIONWISE_DATA)
<end of output>
LOG
diff - <("$summary" log) <<'TEXT' || fail "another summary"
Skipped, or tested less, because:
  no real images (REGIONWISE_DATA) (storage, cli.predict.goes_on)
  whole misc.h5 not found: a selection is used (geometry.golden)
TEXT
grep -v -e NOTE -e SKIPPED -e Skipped -e '^no real' log >passed
[ "$("$summary" passed)" = "No test was skipped." ] || fail "$("$summary" passed)"
! "$summary" none 2>/dev/null || fail "no log"
# `make test` prints it, and fails where a test does.
recipe=$(make -n --no-print-directory -C "$REGIONWISE_SOURCE" test | sed -n '/ctest/,$p')
mkdir bin
echo 'cp log LastTest.log; exit 8' >bin/ctest
chmod +x bin/ctest
mkdir -p build/Testing/Temporary scripts
cp log build/Testing/Temporary/LastTest.log
cp "$summary" scripts/
status=0
PATH="$PWD/bin:$PATH" bash -eu -c "$recipe" >printed.txt || status=$?
[ "$status" = 8 ] || fail "make test ends with $status"
grep -q "^Skipped, or tested less" printed.txt || fail "$(cat printed.txt)"
# A golden set that is named must be there.
if REGIONWISE_GOLDEN=/nope/typo "$REGIONWISE_BIN/../tests/geometry_test" '--gtest_filter=Golden*' >out.txt 2>&1; then
  fail "a misspelt REGIONWISE_GOLDEN passes"
fi
grep -q "/nope/typo/misc.h5: no such file; REGIONWISE_GOLDEN must name" out.txt || fail "$(cat out.txt)"
