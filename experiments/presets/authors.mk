# What the authors' code does; authors.json holds the settings of the training.

# Hausdorff distances where a class was missed: dropped from the mean.
preset.empty := nan-drop
# α falls over 100 epochs, however many there are.
preset.settings.dice-boundary = --set loss.weights.epochs=100
