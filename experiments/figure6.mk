# Figure 6: strategies that add Dice or cross entropy to a region-wise loss, equally or gradually,
# beside the map alone. For each map validation curves (a, b) and the distribution of the final Dice
# of many short trainings (c; the paper's is of the boundary map).
figure6.data := acdc17
figure6.maps := boundary rectified
figure6.strategies := dice-equal dice-gradual cross-entropy-equal cross-entropy-gradual
figure6.losses = $(1) $(addprefix $(1)-,$(figure6.strategies))
figure6.models := $(shell seq $(STRATEGY_MODELS))

# The curves are of a few whole trainings at the paper's sizes, else of the many short ones. None of
# either is trained again where it fails.
figure6.experiment := $(if $(filter paper,$(PROFILE)),strategies,convergence)
figure6.seeds := $(if $(filter paper,$(PROFILE)),$(seeds),$(figure6.models))

define figure6.map
$(eval $(call product_of,figure6-$(1),$(figure6.experiment),$(call figure6.losses,$(1)),$(figure6.seeds),run))
$(eval $(call curves,figure6-$(1),dice,$(figure6.experiment)))
$(eval $(call product_of,figure6-$(1)-cdf,convergence,$(call figure6.losses,$(1)),$(figure6.models),run))
$(eval $(call distribution,figure6-$(1)-cdf))
endef
$(foreach m,$(figure6.maps),$(call figure6.map,$(m)))
figure6.files := $(foreach m,$(figure6.maps),$(call picture,figure6-$(m)) $(call picture,figure6-$(m)-cdf))

.PHONY: reproduce-figure6
reproduce-figure6: $(call made_of,figure6) ## Figure 6: strategies for region-wise losses
	@$(call say,figure6,$(foreach m,$(figure6.maps),figure6-$(m).png$(comma) figure6-$(m)-cdf.png$(comma)) .svg and .tsv)
