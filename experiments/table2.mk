# Table 2: four losses, Dice and Hausdorff distance per class, stars where a loss differs from the
# rectified map's; with the validation curves of the same runs.
table2.losses := rectified dice focal boundary-dice-gradual

$(call models,losses,$(table2.losses),$(SEEDS))
table2.metrics := $(call product_files,losses,$(table2.losses),$(SEEDS),metrics)
table2.runs := $(call product_files,losses,$(table2.losses),$(SEEDS),run)

$(foreach f,tsv md tex,$(eval $(call table,table2,$(f))))
$(foreach m,dice hausdorff,$(eval $(call curves,table2,$(m))))

.PHONY: reproduce-table2
reproduce-table2: $(foreach f,tsv md tex,$(STUDY)/table2.$(f)) $(foreach m,dice hausdorff,$(STUDY)/table2-$(m).png) ## Table 2: four losses compared
	@cat $(STUDY)/table2.md
	@echo "In $(STUDY)/: table2.tsv (all numbers), .md, .tex; validation curves table2-dice.png, -hausdorff.png (and .svg)"
