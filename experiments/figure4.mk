# Figure 4: the gradient of the true class for every softmax vector, region-wise (z = 1 − y) against
# cross entropy. No data set is needed.
$(STUDY)/figure4.tsv: experiments/figure4.mk $(BIN)/gradients
	@mkdir -p $(@D)
	@{ echo "# show: 1"; echo "# title: Region-wise"; $(BIN)/gradients --z 0,1,1 --points 53; echo; echo; \
	  echo "# title: Cross entropy"; $(BIN)/gradients --cross-entropy --class 0 --points 53; } $(whole)

$(eval $(call figure,figure4,gradients,Eq. 2 for one pixel of three classes (no data set)))

.PHONY: reproduce-figure4
reproduce-figure4: $(call picture,figure4) ## Figure 4: region-wise against cross-entropy gradients
	@echo "In $(STUDY)/: figure4.png, .svg and .tsv"
