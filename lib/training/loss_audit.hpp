#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace regionwise::training {

/// What every region-wise term of a loss (`resolved`, with all defaults) can do wrong, before a
/// step is taken: one line for each, which names its map and the share of the softmax simplex at
/// whose vectors a derivative has the wrong sign (maps/sign_audit.hpp), the mean over the pixels of
/// a few slices of training cases, those that show most. Nothing for other losses, nor where no
/// training case has foreground. `maps`: for maps from a file. Costs a fraction of a second and
/// changes nothing: it looks at a limited number of pixels. IoError where the file cannot be read;
/// data that are wrong are left to the training to name.
std::vector<std::string> audit_of_loss(const Json& resolved,
                                       const storage::DatasetReader& dataset,
                                       const storage::MapsReader* maps);

}  // namespace regionwise::training
