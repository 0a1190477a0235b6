# What the authors' code does; authors.json holds the settings of the training.

# Hausdorff distances where a class was missed: dropped from the mean.
preset.empty := nan-drop
# The published program has 300 epochs whatever the data set; the profile `paper` has the text's.
preset.settings.paper := --set epochs=300
