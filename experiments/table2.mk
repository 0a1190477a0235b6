# Table 2: four losses, Dice and Hausdorff distance per class, stars where a loss differs from the
# rectified map's. The paper's is of ACDC17.
table2.data := acdc17
$(eval $(call losses_table,table2))

.PHONY: reproduce-table2
reproduce-table2: $(call made_of,table2) ## Table 2: four losses compared (ACDC17)
	@$(call show_table,table2)
