# Figure 7: validation curves, Dice and Hausdorff distance, of the trainings of Table 2.
figure7.data := acdc17
$(eval $(call losses_curves,figure7))

.PHONY: reproduce-figure7
reproduce-figure7: $(call made_of,figure7) ## Figure 7: validation curves of four losses (ACDC17)
	@$(call say,figure7,figure7-dice.png$(comma) figure7-hausdorff.png$(comma) .svg and .tsv)
