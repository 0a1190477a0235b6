#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::storage {

/// How many entries of the region-wise term's derivative by the logits are negative, pixel by
/// pixel, at some epochs of a training (Valverde and Tohka, Eq. 2 and Figure 3). K classes.
struct SignRecord {
  /// One validation slice, as the network sees it (after preprocessing).
  struct Slice {
    std::string case_id;
    std::int64_t index = 0;  ///< Which slice of the case, from 0.
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::vector<std::uint8_t> labels;     ///< [H, W] in 0 … K−1
    std::vector<std::uint8_t> negatives;  ///< [epochs, H, W] in 0 … K−1
  };

  std::vector<std::int64_t> asked;   ///< Epochs done, at whose ends there is to be a record.
  std::vector<std::int64_t> epochs;  ///< Those recorded so far.
  Json map;                          ///< The map of the term; its description.
  std::vector<Slice> slices;
  /// [epochs, K], pixels of all validation slices with 0, 1 … K−1 negative entries.
  std::vector<std::int64_t> pixels;
};

/// The group /signs; nothing where nothing was asked for. DataError where sizes do not fit.
void write_signs(Hdf5Writer& file, const std::optional<SignRecord>& signs);
/// None where the file has none. DataError where sizes do not fit.
std::optional<SignRecord> read_signs(const Hdf5Reader& file);

}  // namespace regionwise::storage
