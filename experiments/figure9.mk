# Figure 9: validation curves, Dice and Hausdorff distance, of the trainings of Table 4.
figure9.data := kits19
$(eval $(call losses_curves,figure9))

.PHONY: reproduce-figure9
reproduce-figure9: $(call made_of,figure9) ## Figure 9: validation curves of four losses (KiTS19)
	@$(call say,figure9,figure9-dice.png$(comma) figure9-hausdorff.png$(comma) .svg and .tsv)
