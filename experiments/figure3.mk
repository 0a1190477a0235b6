# Figure 3: how many entries of the gradient are negative, pixel by pixel, at three points of two
# trainings with the boundary map. One is as it should be.
figure3.data := acdc17
figure3.files := $(call picture,figure3)
config.signs = $(config.convergence)
# After the first tenth of the epochs, half of them, and all.
figure3.epochs := $(call setting,epochs,$(preset) $(profile) $(config.convergence))
# In a short training these are fewer.
settings.signs := --record-signs $(shell e=$(figure3.epochs); \
  printf '%s\n' $$(((e + 9) / 10)) $$(((e + 1) / 2)) $$e | sort -nu | paste -sd ,)

$(eval $(call product_of,figure3,signs,boundary,1 2,run))

$(STUDY)/figure3.tsv: $(figure3.inputs) $(BIN)/gradients
	@$(BIN)/gradients $(figure3.inputs) --slices 2 $(whole)

$(eval $(call figure,figure3,signs,$(label.convergence)))

.PHONY: reproduce-figure3
reproduce-figure3: $(call made_of,figure3) ## Figure 3: negative entries of the gradient in two trainings
	@$(call say,figure3,figure3.png$(comma) .svg and .tsv)
