# Each kind of sanitized tests is configured by a preset that there is, and runs tests.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"
mkdir -p tree/scripts bin
cp "$REGIONWISE_SOURCE/scripts/sanitized_tests.sh" tree/scripts/
for program in cmake ctest; do
  printf '#!/bin/sh\necho "%s $*" >>"%s/calls.txt"\n' "$program" "$PWD" >"bin/$program"
  chmod +x "bin/$program"
done
for kind in address address-units thread; do
  : >calls.txt
  PATH=$PWD/bin:$PATH tree/scripts/sanitized_tests.sh $kind || fail "$kind: fails"
  preset=$(sed -n 's/^cmake --preset //p' calls.txt)
  grep -q "\"name\": \"$preset\", .*\"binaryDir\": \"[^\"]*/build-$preset\"" "$REGIONWISE_SOURCE/CMakePresets.json" ||
    fail "$kind: no preset \"$preset\""
  grep -q "^ctest --test-dir build-$preset .*--no-tests=error" calls.txt || fail "$kind: $(cat calls.txt)"
done
[ "$(grep -c ^ctest calls.txt)" = 1 ] || fail "thread: $(cat calls.txt)"
grep -q "scripts/sanitized_tests.sh address-units thread" "$REGIONWISE_SOURCE/.ci/run" || fail "not what continuous integration runs"
expect_error_of_script() { ! tree/scripts/sanitized_tests.sh "$1" 2>err.txt && grep -q "\"$1\": expected" err.txt || fail "$1: $(cat err.txt)"; }
expect_error_of_script address-plain
expect_error_of_script memory
