# Figure 4: the gradient of the true class for every softmax vector, region-wise (z = 1 − y) against
# cross entropy. No data set is needed.
programs += $(filter-out $(programs),$(BIN)/gradients)
$(BIN)/gradients: ready ;

$(STUDY)/figure4.tsv: experiments/figure4.mk $(BIN)/gradients
	@mkdir -p $(@D)
	@{ echo "# show: 1"; echo "# title: Region-wise"; $(BIN)/gradients --z 0,1,1 --points 53; echo; echo; \
	  echo "# title: Cross entropy"; $(BIN)/gradients --cross-entropy --class 0 --points 53; } $(whole)

$(call picture,figure4) &: $(STUDY)/figure4.tsv experiments/plots/gradients.gp
	@gnuplot -e "input='$<'; output='$(STUDY)/figure4.part'; label='Eq. 2 for one pixel of three classes (no data set)'" \
	  experiments/plots/gradients.gp
	@$(call name_picture,figure4)

.PHONY: reproduce-figure4
reproduce-figure4: $(call picture,figure4) ## Figure 4: region-wise against cross-entropy gradients
	@echo "In $(STUDY)/: figure4.png, .svg and .tsv"
