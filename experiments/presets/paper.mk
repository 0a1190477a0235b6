# What the paper's text says; paper.json holds the settings of the training.

# Hausdorff distances where a class was missed: dropped from the mean (evaluation of the code; the
# text is silent). The tables count what was dropped.
preset.empty := nan-drop
