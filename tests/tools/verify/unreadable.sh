# A file that cannot be read is a row and a failure, and hides no other file.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 2 --seed 3 -o data.h5 --quiet
compute-maps --map boundary data.h5 -o maps.h5 --quiet
cp maps.h5 short.h5
truncate -s -1000 short.h5
echo text >text.h5
printf '\211HDF\r\n\032\nrest' >signature.h5
cp data.h5 kept.h5
echo >>data.h5

status=0
verify short.h5 text.h5 kept.h5 missing.h5 . signature.h5 maps.h5 >out.tsv 2>err.txt || status=$?
[ "$status" = 74 ] || fail "exit status $status: $(cat out.tsv err.txt)"
[ ! -s err.txt ] || fail "$(cat err.txt)"
found=$(grep -v '^#' out.tsv | cut -f 1,2 | tr '\t\n' '  ')
expected="short.h5 damaged text.h5 damaged kept.h5 current missing.h5 unreadable . unreadable"
expected="$expected signature.h5 damaged maps.h5 stale "
[ "$found" = "$expected" ] || fail "$(cat out.tsv)"
[ -z "$(awk -F '\t' '($2 == "unreadable" || $2 == "damaged") && ($3 == "" || $3 == "-" || NF != 6)' out.tsv)" ] || fail "no reason: $(cat out.tsv)"

# Alone it fails as well; a history cannot be printed of it.
status=0
verify short.h5 kept.h5 >out.tsv || status=$?
[ "$status" = 1 ] || fail "a truncated file: exit status $status"
verify kept.h5 >/dev/null || fail "a sound file"
expect_error 65 "text.h5" verify --lineage text.h5
expect_error 74 "missing.h5" verify --lineage missing.h5
