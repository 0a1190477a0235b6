# Figure 2: the gradients of a boundary map's pixel and of a rectified one for every softmax vector. No
# data set is needed.
$(STUDY)/figure2.tsv: experiments/figure2.mk $(BIN)/gradients
	@mkdir -p $(@D)
	@{ echo "# title: Boundary map"; $(BIN)/gradients --z 12,4,-3 --points 53; echo; echo; \
	  echo "# title: Rectified map"; $(BIN)/gradients --z 10,10,-3 --points 53; } $(whole)

$(eval $(call figure,figure2,gradients,Eq. 2 for one pixel of three classes (no data set)))

.PHONY: reproduce-figure2
reproduce-figure2: $(call picture,figure2) ## Figure 2: gradients over the softmax simplex
	@echo "In $(STUDY)/: figure2.png, .svg and .tsv"
