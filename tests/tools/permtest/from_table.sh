# permtest reads pairs from a table, by patient or by case.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

printf 'case\tgroup\ta\tb\nx1\tx\t0.9\t0.8\nx2\tx\t0.9\t0.8\ny1\ty\t0.7\t0.6\nz1\tz\t0.5\tnan\n' >pairs.tsv

# value COLUMN: of the only row that permtest prints for the rest of the arguments.
value() {
  local column=$1
  shift
  permtest "$@" | grep -v '^#' | cut -f "$column"
}
[ "$(value 4 --tsv pairs.tsv)" = 3 ] || fail "pairs"
[ "$(value 5 --tsv pairs.tsv)" = 2 ] || fail "groups"
[ "$(value 6 --tsv pairs.tsv)" = 1 ] || fail "dropped"
[ "$(value 12 --tsv pairs.tsv)" = 0.5 ] || fail "p by patient"
[ "$(value 12 --tsv pairs.tsv --by case)" = 0.25 ] || fail "p by case"
[ "$(value 13 --tsv pairs.tsv)" = exact ] || fail "method"
[ "$(value 13 --tsv pairs.tsv --exact-up-to 0)" = monte-carlo ] || fail "method of draws"
[ "$(value 14 --tsv pairs.tsv --exact-up-to 0 --draws 77)" = 77 ] || fail "draws"

# The exact p and its bounds: enumerated, or of decimals, which a grid holds.
[ "$(value 15-17 --tsv pairs.tsv)" = $'0.5\t0.5\t0.5' ] || fail "p_all, enumerated"
[ "$(value 15 --tsv pairs.tsv --exact-up-to 0)" = 0.5 ] || fail "p_all, on a grid"
[ "$(value 15-17 --tsv pairs.tsv --exact-up-to 0 --bounds-up-to 1)" = $'nan\tnan\tnan' ] || fail "no p_all"

# All patterns are enumerated of up to 20 patients, 2^20, without being asked.
for count in 20 21; do
  { printf 'case\tgroup\ta\tb\n'; seq "$count" | awk '{ print $1 "\t" $1 "\t" $1 % 5 "\t1" }'; } >"$count.tsv"
done
[ "$(value 13,14 --tsv 20.tsv)" = $'exact\t1048576' ] || fail "20 patients are not enumerated"
[ "$(value 13,14 --tsv 21.tsv)" = $'monte-carlo\t10000' ] || fail "21 patients"

# From a pipe, with any number of threads, and as JSON: the same.
permtest --tsv pairs.tsv --exact-up-to 0 --threads 1 | grep -v '^#' >one.tsv
permtest --tsv - --exact-up-to 0 --threads 4 <pairs.tsv | grep -v '^#' >four.tsv
expect_same one.tsv four.tsv
permtest --tsv pairs.tsv --json | grep -q '"name": "p"' || fail "JSON"

# A reader that leaves early is no error.
permtest --tsv pairs.tsv | head -1 >/dev/null
