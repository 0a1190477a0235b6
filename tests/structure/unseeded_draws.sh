# Results are functions of their inputs and seeds: nothing in lib/ and tools/ draws but through
# lib/core/random.*, and nothing reads clocks, names of processes, or the order of folders, hash tables
# and threads, but for what is allowed below, with the reason why no result depends on it.
source "$REGIONWISE_SOURCE/tests/support/cli.sh"

# FILE KIND: reason
allowed='
lib/core/random.cpp            draw: it is the source of all draws
lib/network/unet.cpp           layer: initialise() and load_weights() fill every parameter of these layers
lib/core/log.hpp               clock: how often progress is shown
lib/core/job_pipeline.cpp      clock: how long a wait lasts, and whether it is warned of
lib/training/run_output.hpp    clock: when a checkpoint is due
lib/training/run_output.cpp    clock: likewise
lib/reporting/watched_training.cpp clock: of two tries that are watched, the one written last is shown
lib/storage/complete_file.cpp  process: the name of a file until it is finished
lib/reporting/training_watch.cpp clock: whether a file was replaced since it was read
lib/network/normalise.cu       process: whether an address is aligned
lib/core/temporary_folder.cpp  process: the name of a folder that is removed
lib/core/temporary_folder.cpp  folder: each entry is removed
lib/geometry/surface_distances.cpp shared-float: a maximum, which no order changes
lib/metrics/pairs.cpp          folder: into a set
lib/inference/image_cases.cpp  folder: sorted
lib/storage/output_lock.cpp    folder: each leftover is removed
lib/cli/outputs.cpp            folder: into a set
lib/sources/layout.cpp         folder: sorted
lib/sources/description.cpp    folder: sorted
lib/reporting/watched_training.cpp folder: the latest is chosen, of equal ones the last name
'

# findings TREE: FILE:LINE: KIND: TEXT of all that may make two runs differ; comments and text do not count.
findings() (
  cd "$1"
  find lib tools \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' -o -name '*.h' \) -print0 |
    sort -z | xargs -0 -r perl -e '
    my @kinds = (
      ["draw", qr/\brandom_device\b|#\s*include\s*<random>|#\s*include\s*<(?:boost\/random|curand|Random123)/],
      ["draw", qr/\bmt19937|\bminstd_rand|\branlux|\bknuth_b\b|\bdefault_random_engine\b|\b\w+_engine</],
      ["draw", qr/\b(?:uniform_int|uniform_real|normal|bernoulli|poisson|discrete|exponential|gamma)_distribution\b/],
      ["draw", qr/(?<![\w.])(?:std::)?(?:s?rand|rand_r|srandom|random_r|[delnjm]rand48(?:_r)?|getrandom|getentropy|arc4random\w*)\s*\(/],
      ["draw", qr/\bstd::s?rand\b|\bSYS_getrandom\b|\b_?_?\w*rd(?:rand|seed)\d*_step\b|::Random\s*\(|\bset_?Random\b|\bRAND_bytes\b/],
      ["draw", qr/(?:^|[^\w.]|::)(?<!RandomStream )random\s*\(\s*\)/],
      ["draw", qr/\b(?:random_shuffle|(?:std|ranges)::(?:shuffle|sample))\b/],
      ["draw", qr/\b(?:torch|at)::(?:_ops::)?(?:rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson|binomial|rrelu)(?:_\w+)?\b/],
      ["draw", qr/(?:\.|->)(?:normal|uniform|bernoulli|random|exponential|cauchy|log_normal|geometric)_\s*\(/],
      ["draw", qr/(?:\.|->|(?<![\w:]))(?:bernoulli|multinomial|rand(?:n|int)?_like|randperm|rrelu)\s*\(/],
      ["draw", qr/\b(?:torch|at)::(?:cauchy|exponential|geometric|log_normal)(?:_\w+)?\b|\bexperimental::(?:shuffle|sample)\b/],
      ["draw", qr/(?<![\w.>])(?:rand|randn|randint|randperm|rand(?:n|int)?_like)\s*\(/],
      ["draw", qr/\b\w*dropout\w*\s*\(|\bnn::\w*Dropout/],
      ["draw", qr/\bnn::init::|\b(?:kaiming|xavier|trunc_normal)_\w*\s*\(|\bcurand\w*\b/],
      ["draw", qr/\bmanual_seed\b|\b(?:[Dd]efaultCPUGenerator|createCPUGenerator|getDefault\w*Generator)\b/],
      ["layer", qr/\bnn::(?:Conv|ConvTranspose)[123]d\b|\bnn::(?:Linear|Bilinear|Embedding|LSTM|GRU|RNN|Transformer|MultiheadAttention)\w*\b/],
      ["clock", qr/\b(?:system|high_resolution|file|utc|tai|gps)_clock\b|\b[Cc]lock::now\b|\bsteady_clock::now\b|\blast_write_time\b|\bst_[mac]tim(?:e|espec)?\b|\bstatx\b/],
      ["clock", qr/(?:::|\.|->)now\s*\(\s*\)|\btimespec_get\b/],
      ["clock", qr/(?<![\w.>])(?:std::)?(?:time\s*\(\s*(?:NULL|nullptr|0|&)|clock\s*\(\s*\)|gettimeofday|clock_gettime|localtime|gmtime)/],
      ["clock", qr/\b__(?:DATE|TIME|TIMESTAMP)__\b|\b__rdtsc\b|\b__builtin_ia32_rdtsc/],
      ["process", qr/\b(?:get(?:pid|ppid|tid|uid|hostname|login)|sched_getcpu)\s*\(|\bthis_thread::get_id\b|\bpthread_self\b|\bmkd?s?temps?\s*\(/],
      ["process", qr/\bgetauxval\b|\bAT_RANDOM\b|\bu?intptr_t\b/],
      ["hash-order", qr/\bunordered_(?:flat_|node_)?(?:multi)?(?:map|set)\b|\bstd::hash\b|\b(?:flat|node)_hash_(?:map|set)\b/],
      ["address-order", qr/\b(?:map|set|less|greater)<\s*(?:const\s+)?[\w:]+\s*(?:const\s*)?\*\s*[,>]/],
      ["address-order", qr/\b(?:map|set|less|greater)<\s*(?:std::)?(?:shared|unique)_ptr\b/],
      ["folder", qr/\b(?:recursive_)?directory_iterator\b|\breaddir(?:64)?(?:_r)?\b|\bscandir(?:64|at)?\b|\bn?ftw(?:64)?\b|(?<![\w.>])glob(?:64)?\s*\(/],
      ["shared-float", qr/\batomic(?:_ref)?<\s*(?:float|double)|\batomicAdd\b|\bparallel_reduce\b|\bexecution::(?:par|unseq)/],
      ["shared-float", qr/#\s*pragma\s+omp\b.*\b(?:reduction|atomic|critical)\b|\bstd::reduce\b|\btransform_reduce\b/],
    );
    for my $file (@ARGV) {
      open(my $in, "<", $file) or die "$file: $!";
      while (my $line = <$in>) {
        my $include = $line =~ /^\s*#\s*include/;
        my $whole = $line =~ s/^\s+|\s+$//gr;
        # Draws whose name stands in a text.
        if ($line =~ m{^(?!\s*//).*/dev/u?random} || $line =~ m{"[^"]*\$RANDOM}) {
          print "$file:$.: draw: $whole\n";
          next;
        }
        $line =~ s/(?<!\w)\x27(?:[^\x27\\]|\\.)\x27/0/g;  # a quotation mark among characters
        $line =~ s/"(?:[^"\\]|\\.)*"/""/g unless $include;
        $line =~ s{//.*}{};
        $line =~ s{/\*.*?\*/}{}g;
        for my $kind (@kinds) {
          next unless $line =~ $kind->[1];
          print "$file:$.: $kind->[0]: $whole\n";
          last;
        }
      }
    }'
)

# violations TREE: the findings that are not allowed, and what is allowed in vain.
violations() {
  findings "$1" >all.txt
  printf '%s' "$allowed" | sed -n 's/^\([^ ]*\) *\([a-z-]*\): ..*/\1 \2/p' | sort >rules.txt
  sed 's/^\([^:]*\):[0-9]*: \([a-z-]*\): .*/\1 \2/' all.txt | sort -u >used.txt
  while IFS= read -r finding; do
    rule=$(sed 's/^\([^:]*\):[0-9]*: \([a-z-]*\): .*/\1 \2/' <<<"$finding")
    grep -qxF -- "$rule" rules.txt || echo "$finding"
  done <all.txt
  if [ "${2:-}" = strictly ]; then
    comm -23 rules.txt used.txt | sed 's/$/: allowed, but not there/'
  fi
}

# The check itself must see an example of each kind, and what only looks like one must pass.
mkdir -p tree/lib/core tree/lib/maps tree/tools
cat >tree/lib/maps/sound.cpp <<'CPP'
#include "core/random.hpp"
  RandomStream random(seed, {.purpose = Purpose::sampling});  // not torch::rand(3)
  random.normal(); random.uniform(0, 1); random.chance(0.5); random.fill(bits); random.integer(9);
  return "dropout(0.5), rand() and time(NULL) in a text";
  add_normal(values, sd, random); draw_uniform(random); operand(); brand(x); unary_time(0);
  std::map<std::string, const Array*> by_name; v = __builtin_shufflevector(v, v, 1, 0);
  double time = record.time(0); const auto clock = std::chrono::steady_clock::time_point();
CPP
found=$(violations tree)
[ -z "$found" ] || fail "what is sound is refused: $found"

count=0
expected=()
while IFS='|' read -r kind code; do
  count=$((count + 1))
  for file in "lib/maps/x$count.hpp" "tools/x$count.cpp" "lib/maps/x$count.cu"; do
    printf '%s\n' "int before;" "$code" >"tree/$file"
    expected+=("$file:2: $kind: ${code#  }")
  done
done <<'EXAMPLES'
draw|  std::random_device device;
draw|#include <random>
draw|#include <Random123/philox.h>
draw|  std::mt19937 engine(7);
draw|  std::mt19937_64 engine;
draw|  std::minstd_rand engine;
draw|  std::default_random_engine engine;
draw|  std::uniform_int_distribution<int> six(1, 6);
draw|  std::normal_distribution<> bell;
draw|  const int i = rand() % 6;
draw|  srand(17);
draw|  const int i = std::rand();
draw|  x = drand48();
draw|  long i = random();
draw|  drand48_r(&state, &x);
draw|  x = quote == '"' ? rand() : other('"');
draw|  x = torch::rand_symint(sizes);
draw|  x = at::_ops::randn::call(sizes, {}, {}, {}, {});
draw|  x = randn_like(logits);
draw|  x = randn({3});
draw|  x = t::randint(0, 7, {3});
draw|  mask = bernoulli(probabilities);
draw|  i = multinomial(probabilities, 3);
draw|  x = torch::cauchy(x);
draw|  std::experimental::shuffle(a.begin(), a.end());
process|  seed = sched_getcpu();
draw|  getrandom(&x, sizeof x, 0);
draw|  arc4random_uniform(6);
draw|  std::ifstream noise("/dev/urandom");
draw|  auto pipe = popen("od -An -N4 /dev/random", "r");
draw|  std::generate(a.begin(), a.end(), std::rand);
draw|  torch::randn_out(x, {3});
draw|  at::randint_out(x, 5, {3});
draw|  x = torch::rrelu(x);
draw|  auto m = Eigen::MatrixXf::Random(3, 3);
draw|  _rdrand64_step(&x);
draw|  syscall(SYS_getrandom, &x, sizeof x, 0);
clock|  seed = Tick::now().time_since_epoch().count();
clock|  seed = ticker.now();
clock|  timespec_get(&now, TIME_UTC);
draw|  std::shuffle(a.begin(), a.end(), engine);
draw|  std::ranges::sample(a, out, 3, engine);
draw|  auto x = torch::rand({3});
draw|  auto x = torch::randn_like(y);
draw|  auto x = at::randint(5, {3});
draw|  auto x = torch::randperm(9);
draw|  auto x = torch::normal(0, 1, {3});
draw|  auto x = torch::bernoulli(p);
draw|  auto i = p.multinomial(1);
draw|  weight.normal_(0, 1);
draw|  weight.uniform_();
draw|  mask.bernoulli_(0.5);
draw|  x->random_(3);
draw|  x = torch::dropout(x, 0.5, true);
draw|  nn::Dropout2d drop(0.5);
draw|  x = torch::nn::functional::dropout(x);
draw|  auto drop = nn::Dropout(0.5);
draw|  torch::nn::init::kaiming_normal_(weight);
draw|  torch::manual_seed(1);
draw|  curandState state;
layer|  nn::Conv2d conv(options);
layer|  torch::nn::Linear last(3, 4);
layer|  nn::LSTMCell cell(3, 4);
layer|  nn::TransformerEncoderLayer layer(options);
clock|  seed = std::chrono::system_clock::now().time_since_epoch().count();
clock|  seed = Clock::now().time_since_epoch().count();
clock|  seed = std::chrono::steady_clock::now();
clock|  seed = time(NULL);
clock|  seed = std::time(nullptr);
clock|  seed = clock();
clock|  gettimeofday(&now, nullptr);
clock|  x = __TIME__;
clock|  seed = status.st_mtim.tv_nsec;
process|  seed = getpid();
process|  seed = hash(std::this_thread::get_id());
process|  gethostname(name, 99);
process|  seed = *reinterpret_cast<std::uint64_t*>(getauxval(AT_RANDOM));
process|  seed = reinterpret_cast<std::uintptr_t>(&seed);
hash-order|  std::unordered_map<std::string, int> counts;
hash-order|  std::unordered_set<int> seen;
hash-order|  return std::hash<std::string>()(name);
address-order|  std::set<const Case*> cases;
address-order|  std::map<Node*, int> order;
address-order|  std::set<std::shared_ptr<Case>> cases;
address-order|  std::sort(a.begin(), a.end(), std::less<Case*>());
folder|  for (const auto& entry : fs::directory_iterator(folder)) use(entry);
folder|  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) use(entry);
folder|  while ((entry = readdir(folder)) != nullptr) use(entry);
folder|  while ((entry = readdir64(folder)) != nullptr) use(entry);
folder|  glob("*.h5", 0, nullptr, &names);
shared-float|  std::atomic<double> sum{0};
shared-float|  atomicAdd(&sum, value);
shared-float|  #pragma omp parallel for reduction(+ : sum)
shared-float|  sum = std::reduce(std::execution::par, a.begin(), a.end());
EXAMPLES
[ "$count" = 94 ] || fail "$count examples"
violations tree | sort >seen.txt
printf '%s\n' "${expected[@]}" | sort | diff - seen.txt || fail "not seen (<), or seen as something else (>)"
rm tree/lib/maps/x* tree/tools/x*

# What is allowed in one file is not so in another, nor is another kind in the same file.
mkdir -p tree/lib/network
echo '  std::random_device device;' >tree/lib/network/unet.cpp
[ -n "$(violations tree)" ] || fail "a draw beside the layers that are allowed"

found=$(violations "$REGIONWISE_SOURCE" strictly)
[ -z "$found" ] || fail "$found"
