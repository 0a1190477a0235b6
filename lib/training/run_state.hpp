#pragma once

#include <torch/optim/adam.h>
#include <torch/types.h>

#include "network/unet.hpp"
#include "storage/run_file.hpp"

namespace regionwise::training {

/// Puts weights and Adam's moments into a record, on their way to a file.
void store_state(storage::RunRecord& record,
                 const network::UNet& net,
                 torch::optim::Adam& optimizer);

/// Takes them out of one, so that training goes on as if it had never stopped. DataError where they
/// are not this network's.
void load_state(const storage::RunRecord& record,
                network::UNet& net,
                torch::optim::Adam& optimizer);

}  // namespace regionwise::training
