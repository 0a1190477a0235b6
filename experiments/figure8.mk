# Figure 8: validation curves, Dice and Hausdorff distance, of the trainings of Table 3.
figure8.data := brats18
$(eval $(call losses_curves,figure8))

.PHONY: reproduce-figure8
reproduce-figure8: $(call made_of,figure8) ## Figure 8: validation curves of four losses (BraTS18)
	@$(call say,figure8,figure8-dice.png$(comma) figure8-hausdorff.png$(comma) .svg and .tsv)
