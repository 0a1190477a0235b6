# What the networks of this study are trained with: samples before and after augmentation, and their
# maps. MAP names the map.
MAP ?= rectified

gallery.options = --map $(call quoted,$(MAP))
$(STUDY)/gallery.png: $(STUDY)/dataset.h5 $(STUDY)/gallery.options $(preset) $(profile) \
    experiments/losses/rectified.json experiments/plots/gallery.gp $(BIN)/gallery
	@$(BIN)/gallery --data $< --config $(preset) --config $(profile) \
	  --config experiments/losses/rectified.json $(gallery.options) --seed 1 --force \
	  -o $(STUDY)/gallery-tiles.png >$(STUDY)/gallery.tsv
	@gnuplot -e "input='$(STUDY)/gallery.tsv'; tiles='$(STUDY)/gallery-tiles.png'; output='$@'; label='$(label.losses)'" \
	  experiments/plots/gallery.gp

.PHONY: gallery
gallery: $(STUDY)/gallery.png ## Augmented training samples with their maps (MAP=boundary …)
	@echo "In $(STUDY)/: gallery.png (with captions), gallery-tiles.png, gallery.tsv (case and slice of each row)," \
	  "gallery-tiles.draws.tsv (what augmentation drew)"
