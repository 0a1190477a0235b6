#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "maps/map.hpp"
#include "maps/map_audit.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace regionwise::maps {

struct AuditOptions {
  std::int64_t list = 0;  ///< How many of the worst pixels of the data set are listed.
  int threads = 1;
  std::function<void(const std::string& case_id)> done = [](const std::string&) {};
};

/// The audit of every case of a data set.
struct DatasetAudit {
  std::vector<std::string> case_ids;  ///< In the data set's order; UnsafePixel::image counts them.
  std::vector<MapAudit> cases;
  MapAudit whole;  ///< With the worst pixels of all.
};

/// Computes a map case by case, as compute-maps does, and audits it. Voxels outside the mask of a
/// case are background, as in training. Memory is bounded by one case.
DatasetAudit audit_named_map(const storage::DatasetReader& dataset,
                             const MapSpecification& specification,
                             const AuditOptions& options);

/// Audits a maps file. DataError where it is not `dataset`'s (by hash, where it has one; by
/// classes, cases and shapes).
DatasetAudit audit_maps_file(const storage::MapsReader& maps,
                             const storage::DatasetReader& dataset,
                             const AuditOptions& options);

/// The data set that a maps file names, from the working folder or else beside the maps file.
/// UsageError where there is none.
std::filesystem::path dataset_of(const storage::MapsReader& maps);

}  // namespace regionwise::maps
