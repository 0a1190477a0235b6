# Maps of a dataset: every case, in the dataset's own shapes, the same bytes from the same command.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

prepare-data phantom --patients 2 -o data.h5 --quiet
mkdir one two
for folder in one two; do
  (cd $folder && compute-maps --map rectified --class-weights 1,2,2,2 --threads 2 ../data.h5 -o maps.h5 --quiet >out.txt 2>&1)
  [ ! -s $folder/out.txt ] || fail "not quiet: $(cat $folder/out.txt)"
done
expect_same one/maps.h5 two/maps.h5

# The number of threads changes nothing but the provenance.
compute-maps --map rectified --class-weights 1,2,2,2 --threads 1 data.h5 -o maps.h5
expect_same_hdf5 maps.h5 one/maps.h5

# The file says which dataset it belongs to.
hash=$(h5dump -a /dataset_hash maps.h5 | sed -n 's/.*(0): "\(.*\)".*/\1/p')
[ ${#hash} = 32 ] || fail "no hash of the dataset: $hash"
h5dump -a /provenance/inputs/1/hash maps.h5 | grep -q "$hash" || fail "another hash than the provenance's"

h5dump -d /specification maps.h5 >specification.txt
for part in '"name":"rectified"' '"class-weights":[1.0,2.0,2.0,2.0]' '"unit":"pixel"' \
  '"dimensions":2' '"empty-class":"standard"' '"full-class":"standard"'; do
  grep -qF -- "$part" specification.txt || fail "$part is not in $(cat specification.txt)"
done
h5ls -r data.h5 | grep '/label ' | awk '{print $1, $3, $4, $5}' | sed 's/label {/map {4, /' >expected.txt
h5ls -r maps.h5 | grep '/map ' | awk '{print $1, $3, $4, $5, $6}' >found.txt
[ -s found.txt ] || fail "no maps"
expect_same expected.txt found.txt

# Options of the map and the JSON of all of it say the same.
compute-maps --map cao --map-option alpha=2 --unit mm --dimensions 3 data.h5 -o options.h5
compute-maps --map '{"name":"cao","alpha":2,"unit":"mm","dimensions":3}' data.h5 -o json.h5
expect_same_hdf5 options.h5 json.h5

# By the reference's rules an image without foreground, or without a class, differs.
compute-maps --map boundary data.h5 -o standard.h5
compute-maps --map boundary --reference-quirks data.h5 -o quirks.h5
! h5diff -q standard.h5 quirks.h5 /cases || fail "the reference's rules change nothing"
