# Figure 5: how often trainings converge. The distribution of the final validation Dice of many
# models, boundary against rectified maps.
figure5.losses := boundary rectified
# The paper's convergence study trains for 50 epochs, not for as many as its tables.
figure5.settings.paper := --set epochs=50
figure5.settings.demo := --set epochs=4

$(foreach c,$(figure5.losses),$(foreach s,$(shell seq $(MODELS)),\
  $(eval $(call training,figure5,$(c),$(s),$(figure5.settings.$(PROFILE))))))
figure5.runs := $(call product_files,figure5,$(figure5.losses),$(shell seq $(MODELS)),run)

$(STUDY)/figure5.tsv: $(figure5.runs) $(BIN)/cdf
	@$(BIN)/cdf $(figure5.runs) >$@

$(eval $(call figure,figure5,cdf))

.PHONY: reproduce-figure5
reproduce-figure5: $(STUDY)/figure5.png ## Figure 5: how often trainings converge
	@echo "In $(STUDY)/: figure5.png, .svg and .tsv"
