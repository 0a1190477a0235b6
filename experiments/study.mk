# The study as a Make graph. Each product is a file with its prerequisites, so an interrupted study
# goes on where it stopped and nothing is computed twice.
#
#   make reproduce-table2 DATA=hippocampus PROFILE=small HIPPOCAMPUS_ROOT=~/Task04_Hippocampus
#   make -j100 reproduce-figure5 PROFILE=paper LAUNCH='srun --gpus=1 --cpus-per-task=8'
#
# A new table or figure is one file in experiments/, read below: see table2.mk.

# ---- what a study is made of -------------------------------------------------------------------
# Real data are chosen by naming a folder: the first data set whose <NAME>_ROOT is set.
root_of = $($(shell tr a-z A-Z <<<$(1))_ROOT)
configured := $(foreach d,acdc17 brats18 kits19 hippocampus,\
  $(if $(and $(call root_of,$(d)),$(wildcard data_prep/$(d).json)),$(d)))
data_given := $(DATA)
DATA ?= $(firstword $(configured) phantom)
PROFILE ?= $(if $(filter phantom,$(DATA)),demo,paper)
PRESET ?= paper

DEVICE ?= auto
LAUNCH ?=
# GPUs to spread the trainings over, such as 0,1,2,3: one training at a time on each. Without it those
# of this machine, where the programs can use any; a launcher, or DEVICE=cuda:1, chooses itself.
GPUS ?=
# One thread a training and as many trainings at once as there are processors: quicker than the other
# way round, and the same bytes on machines of different size.
THREADS ?= 1
# yes: trainings that lost a class for good give up early (docs/failed-runs.md).
STOP_FAILED ?= no

seeds.demo := 1
seeds.small := 1 2 3
seeds.paper := 1 2 3
models.demo := 10
models.small := 50
models.paper := 50
strategy_models.demo := 6
strategy_models.small := 20
strategy_models.paper := 50
patients.demo := 16
patients.small := 60
patients.paper := 100
# Averaging over mirrored inputs takes four times as long; the demo goes without.
evaluate.demo := --no-mirroring

SEEDS ?= $(seeds.$(PROFILE))
seeds = $(sort $(SEEDS))
MODELS ?= $(models.$(PROFILE))
STRATEGY_MODELS ?= $(strategy_models.$(PROFILE))

STUDY := results/$(DATA)-$(PROFILE)-$(PRESET)
profile := experiments/profiles/$(DATA)-$(PROFILE).json
preset := experiments/presets/$(PRESET).json

# A profile comes after the preset and says what it changes. A learning rate of its own stands in every
# product's label: it takes the place of the preset's, which is made for trainings of another length.
# $(call setting,key,files): the key's value in the last of the files that has one.
setting = $(lastword $(shell sed -n 's/.*"$(1)": *\([0-9.e+-]*\).*/\1/p' $(wildcard $(2)) /dev/null))
own_rate = $(addprefix $(comma) learning rate ,$(call setting,learning-rate,$(1)))
described = $(DATA), profile $(PROFILE)$(1), preset $(PRESET)
label.losses = $(call described,$(call own_rate,$(profile)))
label.strategies = $(label.losses)
label.convergence = $(call described,$(comma) trainings of $(call setting,epochs,$(preset) $(profile) \
  $(config.convergence)) epochs$(call own_rate,$(profile) $(config.convergence)))
comma := ,

dataset.own.phantom = --patients $(patients.$(PROFILE)) --seed 1
dataset.own.kits19 = --preset $(PRESET)
dataset.root = --root '$(shell realpath --canonicalize-missing --no-symlinks '$(call root_of,$(DATA))')'
# Fields of the plan that a profile sets before the images are resampled.
dataset.plan = $(addprefix --plan ,$(wildcard experiments/plans/$(DATA)-$(PROFILE).json))
dataset.options = $(if $(filter phantom,$(DATA)),,$(dataset.root)) $(dataset.own.$(DATA)) $(dataset.plan)
scores.options = --empty $(preset.empty) $(evaluate.$(PROFILE))

include $(wildcard experiments/presets/$(PRESET).mk)

# ---- checks, only where something is to be reproduced ------------------------------------------
ifneq (,$(filter reproduce-% results/% gallery,$(MAKECMDGOALS)))
  MAKEFLAGS += -j$(shell nproc)
  ifneq (,$(and $(GPUS),$(filter cpu cuda:%,$(DEVICE))))
    $(error GPUS=$(GPUS) is for DEVICE=cuda or auto, not for DEVICE=$(DEVICE))
  endif
  ifeq (,$(wildcard $(profile)))
    $(error There is no $(profile): DATA=$(DATA) PROFILE=$(PROFILE) is not a study of this project)
  endif
  ifneq (,$(or $(filter-out $(shell seq 999),$(SEEDS) $(MODELS) $(STRATEGY_MODELS)),$(if $(SEEDS),,none)))
    $(error SEEDS="$(SEEDS)" MODELS="$(MODELS)" STRATEGY_MODELS="$(STRATEGY_MODELS)": whole numbers from 1 to 999, one seed at least)
  endif
  ifneq (1 1,$(words $(MODELS)) $(words $(STRATEGY_MODELS)))
    $(error MODELS="$(MODELS)" STRATEGY_MODELS="$(STRATEGY_MODELS)": one number each, of models)
  endif
  ifeq (,$(filter yes no,$(STOP_FAILED)))
    $(error STOP_FAILED=$(STOP_FAILED): expected yes or no)
  endif
  ifeq (,$(wildcard $(preset)))
    $(error There is no $(preset): PRESET is one of $(basename $(notdir $(wildcard experiments/presets/*.json))))
  endif
  ifneq (phantom,$(DATA))
    ifeq (,$(call root_of,$(DATA)))
      $(error DATA=$(DATA) needs $(shell tr a-z A-Z <<<$(DATA))_ROOT=folder; see data_prep/$(DATA).json for how to obtain it)
    endif
  else
    $(info No data set is configured: these are synthetic hearts (DATA=phantom, PROFILE=$(PROFILE)),)
    $(info not the paper's data. Name a folder for real images: HIPPOCAMPUS_ROOT=…)
  endif
endif

# ---- the programs ------------------------------------------------------------------------------
programs := $(addprefix $(BIN)/,prepare-data compute-maps train evaluate permtest cdf table curves \
  gradients map-slice gallery verify)

.PHONY: ready
ready: deps
	@$(MAKE) --no-print-directory $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) --target $(notdir $(programs))

# With a recipe, though an empty one, Make looks at a program's date again once `ready` has built it:
# what has it as a full prerequisite is made anew by the same call.
$(programs): ready ;

# ---- the steps ---------------------------------------------------------------------------------
# A step's messages go to a file beside its product; the last line is shown if it fails.
define run_logged
@mkdir -p $(@D)
@$(LAUNCH) $(1) 2>>$@.log || { status=$$?; tail -n 1 $@.log >&2; exit $$status; }
endef

# Before a step that may use a GPU; the locks lie above the studies, which share the machine.
bind := $(if $(GPUS),x,$(if $(LAUNCH)$(filter cpu cuda:%,$(DEVICE)),,x))
# Where GPUs are named, a training without one is none that was asked for.
device := $(if $(GPUS),$(patsubst auto,cuda,$(DEVICE)),$(DEVICE))
on_gpu := $(if $(bind),env GPUS='$(subst $(comma), ,$(GPUS))' scripts/on_free_gpu.sh results/.gpus)

# What a program prints gets its name when it is whole: a killed make leaves nothing that looks finished.
whole = >$@.part && mv -f $@.part $@

# What a step was told beside its files, written anew only where it changed: the step's products are
# then made anew.
quoted = '$(subst ','\'',$(1))'
$(STUDY)/%.options: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$($*.options)) | cmp --silent - $@ || \
	  printf '%s\n' $(call quoted,$($*.options)) >$@
.PHONY: FORCE

$(STUDY)/dataset.h5: data_prep/$(DATA).json $(wildcard experiments/plans/$(DATA)-$(PROFILE).json) \
    $(STUDY)/dataset.options | $(BIN)/prepare-data
	@echo "preparing $@"
	$(call run_logged,$(BIN)/prepare-data $(DATA) $(dataset.options) --force -o $@)

# Trainings come in experiments: `losses` and `strategies` are whole ones, as a profile says;
# `convergence` are many short ones, with settings of their own. settings.<experiment> and
# config.<experiment> (a file) come after the profile.
settings.losses = $(preset.settings.$(PROFILE))
settings.strategies = $(settings.losses)
# The paper's convergence study trains for 50 epochs, not for as many as its tables.
config.convergence := $(firstword $(wildcard experiments/convergence/$(DATA)-$(PROFILE).json \
  experiments/convergence/$(PROFILE).json))

# The models of tables are trained again, with other seeds, where they fail to converge, as the paper's;
# how often they do is what the others are for.
again.losses := yes

# $(call training,experiment,configuration,seed): trains and scores one model. Programs are
# order-only for trainings (a rebuild must not cost a week) and full prerequisites of tables.
define training
$(STUDY)/$(1)/$(2)/model-$(3).run.h5: $(STUDY)/dataset.h5 $(preset) $(preset:json=mk) $(profile) \
    $(config.$(1)) experiments/losses/$(2).json | $(BIN)/train
	@echo "training $(2), model $(3) ($$@.log)"
	$$(call run_logged,$(if $(again.$(1)),scripts/train_until_converged.sh $(3) $$@) \
	  $(on_gpu) $(BIN)/train \
	  --data $$< --config $(preset) --config $(profile) $(addprefix --config ,$(config.$(1))) \
	  --config experiments/losses/$(2).json $$(settings.$(1)) --threads $(THREADS) --device $(device) \
	  $(if $(filter yes,$(STOP_FAILED)),--stop-failed) $(if $(again.$(1)),,--seed $(3) --update -o $$@))
	@touch $$@

$(STUDY)/$(1)/$(2)/model-$(3).metrics.h5: $(STUDY)/$(1)/$(2)/model-$(3).run.h5 $(STUDY)/dataset.h5 \
    $(STUDY)/scores.options | $(BIN)/evaluate
	@echo "scoring $(2), model $(3)"
	$$(call run_logged,$(on_gpu) $(BIN)/evaluate $$< --data $(STUDY)/dataset.h5 $(scores.options) \
	  --threads $(THREADS) --device $(device) --force -o $$@ >/dev/null)
endef

# $(call models,experiment,configurations,seeds): such models, unless another product has them already.
models = $(foreach c,$(2),$(foreach s,$(3),$(if $(known.$(1)/$(c)/$(s)),,\
  $(eval known.$(1)/$(c)/$(s) := yes)$(eval $(call training,$(1),$(c),$(s))))))

# $(call product_files,experiment,configurations,seeds,run|metrics)
product_files = $(foreach c,$(2),$(foreach s,$(3),$(STUDY)/$(1)/$(c)/model-$(s).$(4).h5))

# $(call product_of,name,experiment,configurations,seeds,run|metrics): sets <name>.inputs to such files,
# and trains the models. Which they are is a prerequisite of its own, <name>.options: fewer of them, none
# new, make the product anew, too.
define product_of
$(call models,$(2),$(3),$(4))
$(1).inputs := $(call product_files,$(2),$(3),$(4),$(5))
$(1).options := $(2) $(strip $(3)) $(strip $(4))
endef

# $(call table,name,specification,format): experiments/<specification>.json applied to <name>.inputs.
define table
$(STUDY)/$(1).$(3): experiments/$(2).json $($(1).inputs) $(STUDY)/$(1).options $(BIN)/table
	@$(BIN)/table $$< $($(1).inputs) --format $(subst tex,latex,$(3)) --label "$(label.losses)" $$(whole)
endef

# $(call curves,name,metric,experiment): validation curves of <name>.inputs, a line per configuration.
define curves
$(STUDY)/$(1).tsv: $($(1).inputs) $(STUDY)/$(1).options $(BIN)/curves
	@$(BIN)/curves $($(1).inputs) --metric $(2) $$(whole)
$(call figure,$(1),curves,$(label.$(3)))
endef

# $(call distribution,name): how the final validation Dice of <name>.inputs is distributed.
define distribution
$(STUDY)/$(1).tsv: $($(1).inputs) $(STUDY)/$(1).options $(BIN)/cdf
	@$(BIN)/cdf $($(1).inputs) $$(whole)
$(call figure,$(1),cdf,$(label.convergence))
endef

# $(call picture,name): the files of a figure.
picture = $(addprefix $(STUDY)/$(1),.png .svg)

# $(call name_picture,name): gives the files that a plot drew as <name>.part their names.
name_picture = $(foreach f,svg png,mv -f $(STUDY)/$(1).part.$(f) $(STUDY)/$(1).$(f) &&) true

# $(call figure,name,plot,label): experiments/plots/<plot>.gp draws <name>.tsv as <name>.png and <name>.svg.
define figure
$(call picture,$(1)) &: $(STUDY)/$(1).tsv experiments/plots/$(2).gp
	@gnuplot -e "input='$$<'; output='$(STUDY)/$(1).part'; label='$(3)'" experiments/plots/$(2).gp
	@$(call name_picture,$(1))
endef

# ---- the four losses: Tables 2 to 4 and Figures 7 to 9, a data set each ------------------------
four_losses := rectified dice focal boundary-dice-gradual

# $(call losses_table,name): the table of the four losses.
define losses_table
$$(eval $$(call product_of,$(1),losses,$$(four_losses),$$(seeds),metrics))
$(1).files := $$(foreach f,tsv md tex,$$(STUDY)/$(1).$$(f))
$$(foreach f,tsv md tex,$$(eval $$(call table,$(1),four-losses,$$(f))))
endef

# $(call losses_curves,name): their validation curves.
define losses_curves
$(1).files := $$(foreach m,dice hausdorff,$$(call picture,$(1)-$$(m)))
$$(foreach m,dice hausdorff,$$(eval $$(call product_of,$(1)-$$(m),losses,$$(four_losses),$$(seeds),run))\
  $$(eval $$(call curves,$(1)-$$(m),$$(m),losses)))
endef

# ---- products --------------------------------------------------------------------------------
# The paper shows some of its products on a data set of their own, <name>.data. They are made of that
# where DATA is not given and its folder is; the product's target then calls Make again.
data_of = $(if $(data_given),$(DATA),$(or $(filter $(configured),$($(1).data)),$(DATA)))
# $(call made_of,name): what its target needs.
made_of = $(if $(filter $(DATA),$(data_of)),$($(1).files),elsewhere-$(1))
# $(call say,name,text): the text, where the product was made by this call.
say = $(if $(filter $(DATA),$(data_of)),echo "In $(STUDY)/: $(2)",:)
# The same for a table, after its text.
show_table = $(if $(filter $(DATA),$(data_of)),cat $(STUDY)/$(1).md,:); $(call say,$(1),$(1).tsv (all numbers)$(comma) .md$(comma) .tex)
elsewhere-%: | $(programs)
	+@$(MAKE) --no-print-directory reproduce-$* DATA=$(call data_of,$*)

include $(wildcard experiments/table*.mk experiments/figure*.mk experiments/gallery.mk)

paper := $(foreach n,1 2 3 4,table$(n)) $(foreach n,1 2 3 4 5 6 7 8 9,figure$(n))
.PHONY: reproduce-all
reproduce-all: $(addprefix reproduce-,$(paper)) ## Every table and figure of the paper

STUDIES ?= $(filter-out results/published,$(wildcard results/*))
.PHONY: verify
verify: $(if $(strip $(STUDIES)),ready) ## Recompute every table of results/, and say what is stale (STUDIES=results/…)
	@$(if $(strip $(STUDIES)),scripts/verify_results.sh $(BIN) $(STUDIES),echo "There is nothing to \
	verify: no study was made in results/. make reproduce-table2 makes one.")
