# Figure 6: strategies that add Dice or cross entropy to a region-wise loss, equally or gradually.
figure6.maps := boundary rectified
figure6.strategies := dice-equal dice-gradual cross-entropy-equal cross-entropy-gradual
figure6.seeds := $(shell seq $(STRATEGY_MODELS))
figure6.losses := $(foreach m,$(figure6.maps),$(addprefix $(m)-,$(figure6.strategies)))

$(call models,convergence,$(figure6.losses),$(figure6.seeds))
figure6.runs := $(call product_files,convergence,$(figure6.losses),$(figure6.seeds),run)

.PHONY: figure6-runs
figure6-runs: $(figure6.runs)
