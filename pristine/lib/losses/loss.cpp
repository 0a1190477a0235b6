#include <torch/torch.h>
#include "losses/loss.hpp"
#include "maps/map.hpp"
#include "losses_index.inc"
