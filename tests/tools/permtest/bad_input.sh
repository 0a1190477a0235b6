# Each bad input ends permtest with one line and its exit code.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

printf 'case\tgroup\ta\tb\nx1\tx\t0.9\tO.8\n' >letter.tsv
printf 'case\tgroup\ta\tb\nx1\tx\t0.9\n' >short.tsv
printf 'x1\tx\t0.9\t0.8\n' >headless.tsv
: >empty.tsv
printf 'case\tgroup\ta\tb\nx1\tx\t0.9\t0.8\n' >good.tsv

expect_error 65 'letter.tsv: line 2: "O.8" is not a number' permtest --tsv letter.tsv
expect_error 65 "short.tsv: line 2: expected 4" permtest --tsv short.tsv
expect_error 65 "headless.tsv: line 1: expected the tab-separated header" permtest --tsv headless.tsv
expect_error 65 "empty.tsv: line 1" permtest --tsv empty.tsv
printf 'case\tgroup\ta\tb\nx1\tx\t0.9\tnan\n' >undefined.tsv
expect_error 65 "undefined.tsv: none of the 1 cases has a value on both sides" permtest --tsv undefined.tsv
mkdir folder
expect_error 74 "folder: is a folder" permtest --tsv folder
# What has no end takes no endless memory.
expect_error 65 "/dev/zero: is no text file" permtest --tsv /dev/zero
expect_error 74 "missing.tsv" permtest --tsv missing.tsv
expect_error 74 "missing.h5" permtest missing.h5 --against missing.h5
expect_error 65 "good.tsv" permtest good.tsv --against good.tsv
expect_error 2 "--against" permtest
expect_error 2 "--against" permtest a.h5
expect_error 2 "--tsv" permtest a.h5 --tsv good.tsv
expect_error 2 "draws" permtest --tsv good.tsv --draws 0
expect_error 2 "--draws: 99999999999999999999 is beyond 2^63 - 1" permtest --tsv good.tsv --draws 99999999999999999999
expect_error 2 "--exact-up-to" permtest --tsv good.tsv --exact-up-to many
expect_error 2 "bounds up to 1001 groups" permtest --tsv good.tsv --bounds-up-to 1001
for seed in -1 +1 18446744073709551616; do
  expect_error 2 "--seed: $seed is no whole number" permtest --tsv good.tsv --seed=$seed
done
expect_error 2 "by" permtest --tsv good.tsv --by slice
expect_error 2 "99 bootstrap resamples" permtest --tsv good.tsv --bootstrap 99
expect_error 2 "confidence" permtest --tsv good.tsv --confidence 1
# A wrong option is no fault of the file's, which is not read.
for option in "--draws 0" "--bounds-up-to 1001" "--bootstrap 99" "--confidence 1" "--plan 1 --significance 2"; do
  expect_error 2 "" permtest --tsv missing.tsv $option
  ! grep -q "missing.tsv" stderr.txt || fail "$option: $(cat stderr.txt)"
done
expect_error 2 "difference of 0" permtest --tsv good.tsv --plan 0
expect_error 2 "--plan" permtest --tsv good.tsv --power 0.8
expect_error 2 "--plan" permtest --tsv good.tsv --significance 0.01
# A plan neither draws nor resamples.
for option in "--draws 9" "--exact-up-to 9" "--bounds-up-to 9" "--seed 9" "--bootstrap 0" "--confidence 0.9"; do
  expect_error 2 "${option% *} excludes --plan" permtest --tsv good.tsv --plan 1 $option
done
expect_error 2 "power 1" permtest --tsv good.tsv --plan 1 --power 1
expect_error 65 "good.tsv: 1 patient(s)" permtest --tsv good.tsv --plan 1

# One input has one name, whatever is wrong with it.
for bad in undefined letter; do
  status=0
  permtest --tsv - <$bad.tsv 2>err.txt || status=$?
  [ "$status" = 65 ] && grep -q "^permtest: error: standard input: " err.txt || fail "$bad: $status: $(cat err.txt)"
done

# What cannot be printed is an error, the help too.
for what in --help --version; do
  status=0
  permtest $what >/dev/full 2>err.txt || status=$?
  [ "$status" = 74 ] && grep -q "standard output: cannot be written" err.txt || fail "$what: $status: $(cat err.txt)"
  [ -n "$(permtest $what)" ] || fail "$what: nothing"
done
