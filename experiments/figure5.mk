# Figure 5: how often trainings converge. The distribution of the final validation Dice of many
# models, boundary against rectified maps.
figure5.losses := boundary rectified

$(call models,convergence,$(figure5.losses),$(shell seq $(MODELS)))
figure5.runs := $(call product_files,convergence,$(figure5.losses),$(shell seq $(MODELS)),run)

$(STUDY)/figure5.tsv: $(figure5.runs) $(BIN)/cdf
	@$(BIN)/cdf $(figure5.runs) >$@

$(eval $(call figure,figure5,cdf))

.PHONY: reproduce-figure5
reproduce-figure5: $(STUDY)/figure5.png ## Figure 5: how often trainings converge
	@echo "In $(STUDY)/: figure5.png, .svg and .tsv"
