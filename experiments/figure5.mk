# Figure 5: how often trainings converge. The distribution of the final validation Dice of many
# models, boundary against rectified maps.
figure5.data := acdc17
figure5.losses := boundary rectified
figure5.files := $(call picture,figure5)

$(eval $(call product_of,figure5,convergence,$(figure5.losses),$(shell seq $(MODELS)),run))
$(eval $(call distribution,figure5))

.PHONY: reproduce-figure5
reproduce-figure5: $(call made_of,figure5) ## Figure 5: how often trainings converge
	@$(call say,figure5,figure5.png$(comma) .svg and .tsv)
