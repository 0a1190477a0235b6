# Table 4: as Table 2, of KiTS19.
table4.data := kits19
$(eval $(call losses_table,table4))

.PHONY: reproduce-table4
reproduce-table4: $(call made_of,table4) ## Table 4: four losses compared (KiTS19)
	@$(call show_table,table4)
