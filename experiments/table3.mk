# Table 3: as Table 2, of BraTS18.
table3.data := brats18
$(eval $(call losses_table,table3))

.PHONY: reproduce-table3
reproduce-table3: $(call made_of,table3) ## Table 3: four losses compared (BraTS18)
	@$(call show_table,table3)
