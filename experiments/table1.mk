# Table 1: the data of this study.
table1.files := $(foreach f,tsv md tex,$(STUDY)/table1.$(f))

$(table1.files): $(STUDY)/table1.%: experiments/table1.json $(STUDY)/dataset.h5 $(BIN)/table
	@$(BIN)/table $< $(STUDY)/dataset.h5 --format $(subst tex,latex,$*) --label "$(call described)" $(whole)

.PHONY: reproduce-table1
reproduce-table1: $(table1.files) ## Table 1: the data
	@$(call show_table,table1)
