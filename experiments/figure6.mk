# Figure 6: strategies that add Dice or cross entropy to a region-wise loss, equally or gradually,
# beside the map alone. For each map validation curves (a, b) and the distribution of the final Dice
# of many short trainings (c; the paper's is of the boundary map).
figure6.data := acdc17
figure6.maps := boundary rectified
figure6.strategies := dice-equal dice-gradual cross-entropy-equal cross-entropy-gradual
figure6.losses = $(1) $(addprefix $(1)-,$(figure6.strategies))
figure6.models := $(shell seq $(STRATEGY_MODELS))

# The curves are of a few whole trainings at the paper's sizes, else of the many short ones.
figure6.experiment := $(if $(filter paper,$(PROFILE)),losses,convergence)
figure6.seeds := $(if $(filter paper,$(PROFILE)),$(SEEDS),$(figure6.models))

define figure6.map
$(call models,convergence,$(call figure6.losses,$(1)),$(figure6.models))
$(call models,$(figure6.experiment),$(call figure6.losses,$(1)),$(figure6.seeds))
$(eval $(call curves,figure6-$(1),$(call product_files,$(figure6.experiment),\
  $(call figure6.losses,$(1)),$(figure6.seeds),run),dice,$(label.$(figure6.experiment))))
$(eval $(call distribution,figure6-$(1)-cdf,\
  $(call product_files,convergence,$(call figure6.losses,$(1)),$(figure6.models),run)))
endef
$(foreach m,$(figure6.maps),$(call figure6.map,$(m)))
figure6.files := $(foreach m,$(figure6.maps),$(call picture,figure6-$(m)) $(call picture,figure6-$(m)-cdf))

.PHONY: reproduce-figure6
reproduce-figure6: $(call made_of,figure6) ## Figure 6: strategies for region-wise losses
	@$(call say,figure6,$(foreach m,$(figure6.maps),figure6-$(m).png$(comma) figure6-$(m)-cdf.png$(comma)) .svg and .tsv)
