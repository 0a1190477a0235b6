# Figure 1: a class's labels, and its active-contour, boundary and rectified maps. The slice is the one
# with the most foreground classes, then the most foreground pixels; the class its largest.
figure1.maps := active-contour boundary rectified

$(STUDY)/figure1.tsv: $(STUDY)/dataset.h5 $(BIN)/map-slice
	@$(BIN)/map-slice $(addprefix --map ,$(figure1.maps)) $< $(whole)

$(eval $(call figure,figure1,maps,$(described)))

.PHONY: reproduce-figure1
reproduce-figure1: $(call picture,figure1) ## Figure 1: a label map and its region-wise maps
	@echo "In $(STUDY)/: figure1.png, .svg and .tsv"
