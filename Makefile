# Everything a user does with the suite. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

BUILD ?= build
BIN := $(BUILD)/bin

# Another LibTorch than Debian's: TORCH=python (or a Python to ask), TORCH_DIR (its folder, or that of
# its CMake files; CMake's own spelling Torch_DIR does as well), or CMAKE_PREFIX_PATH. What an earlier
# configuration found is forgotten then.
torch_dir := $(or $(TORCH_DIR),$(Torch_DIR))
torch_dir := $(abspath $(or $(wildcard $(torch_dir:%=%/share/cmake/Torch)),$(torch_dir)))
own_torch := $(strip $(if $(TORCH),-DTORCH='$(TORCH)') $(if $(torch_dir),-DTorch_DIR='$(torch_dir)') \
  $(if $(CMAKE_PREFIX_PATH),-DCMAKE_PREFIX_PATH='$(CMAKE_PREFIX_PATH)'))

.PHONY: all help deps build test test-sanitized coverage kill-test fuzz bench bench-deps lint format docs clean

all: deps build ## Install what is missing, build, say where things are
	@echo
	@echo "The programs are in $(BIN)/, each with --help. Next:"
	@echo "  make reproduce-table2    the paper's Table 2 (on synthetic hearts where no data is configured)"
	@echo "  make test                the tests"

help: ## This list
	@awk -F ':.*## ' '/^[a-zA-Z0-9_%-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)
	@echo "  Variables: DATA=phantom|acdc17|brats18|kits19|hippocampus"
	@echo "             PROFILE=demo|small|paper  PRESET=paper|authors  ACDC17_ROOT=folder (or another's)"
	@echo "             HIPPOCAMPUS_ROOT=folder   DEVICE=auto|cpu|cuda      LAUNCH='srun …'"
	@echo "             GPUS=0,1,2,3              TORCH=python TORCH_DIR=folder (another LibTorch)"
	@echo "             STOP_FAILED=yes"

deps: ## Install the Debian packages that are missing
	@scripts/deps.sh

$(BUILD)/CMakeCache.txt: $(if $(own_torch),FORCE)
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGIONWISE_UNITY=ON \
	  $(if $(own_torch),-UTorch_DIR $(own_torch))

build: $(BUILD)/CMakeCache.txt ## Build the programs and the tests
	@cmake --build $(BUILD)

test: deps ## Build and run all tests, and say what was skipped
	@$(MAKE) --no-print-directory build
	@status=0; ctest --test-dir $(BUILD) --output-on-failure -j $$(nproc) || status=$$?; \
	  scripts/skipped_tests.sh $(BUILD)/Testing/Temporary/LastTest.log; exit $$status

test-sanitized: deps ## All tests in programs that check addresses, undefined behaviour and threads
	@scripts/sanitized_tests.sh

coverage: deps ## Measure which lines and branches the tests reach (needs gcovr)
	@scripts/coverage.sh

kill-test: deps ## Kill programs at N=100 random instants each; the same commands must end with the same bytes
	@$(MAKE) --no-print-directory build
	@scripts/kill_test.sh $(or $(N),100)

fuzz: deps ## Feed strange files to every reader (with clang): SECONDS=600 for each
	@scripts/fuzz.sh $(or $(SECONDS),600)

format: ## Format all C++ sources (needs clang-format)
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

lint: deps ## Check format and run clang-tidy; any finding fails
	@scripts/lint.sh

docs: build ## Write docs/commands/ anew from the programs' --help
	@scripts/command_pages.sh $(BIN) docs/commands

bench-deps: ## Install what `make bench` needs beside the rest
	@scripts/deps.sh bench

bench: deps bench-deps ## Time ours and others in turns: WORK='…' ROUNDS=3 JSON=file REPORT=page (bench/README.md)
	@$(MAKE) --no-print-directory $(BUILD)/CMakeCache.txt
	@cmake -S . -B $(BUILD) -DREGIONWISE_BENCH=ON >/dev/null
	@cmake --build $(BUILD) --target bench_programs
	@$(or $(PEER_PYTHON),/usr/bin/python3) bench/run.py --build $(BUILD) \
	  $(if $(PEER_PYTHON),--python $(PEER_PYTHON)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(JSON),--json $(JSON)) $(if $(REPORT),--report $(REPORT)) $(WORK)

clean: ## Remove what was built; results stay
	@rm -rf $(BUILD)

include experiments/study.mk
