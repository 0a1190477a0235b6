#include "maps/dataset_maps.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace regionwise::maps {

void compute_dataset_maps(const storage::DatasetReader& dataset,
                          const MapSpecification& specification,
                          int threads,
                          storage::MapsWriter& writer,
                          const std::function<void(const std::string&)>& done) {
  for (std::size_t index = 0; index < dataset.cases().size(); ++index) {
    const storage::CaseInfo& info = dataset.cases()[index];
    const Volume<Label> label = dataset.label(index);
    const LabelBatch batch{label.values, 1, label.shape, dataset.classes(), info.spacing_mm};
    const auto where = fmt::format("{}:/cases/{}", dataset.path().string(), info.id);
    const auto map =
        with_context(where, [&] { return specification.compute<float>(batch, threads); });
    writer.add(info.id, label.shape, map);
    done(info.id);
  }
}

Json parse_map_description(const std::string& text) {
  if (text.starts_with('{')) return parse_json(text, "--map");
  return {{"name", parse_json_or_text(text, "--map")}};
}

void set_map_option(Json& description, const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--map-option {}: expected KEY=VALUE", assignment));
  }
  const std::string where = fmt::format("--map-option {}", assignment.substr(0, equals));
  parse_json_or_text(assignment, where);  // The key, too, is UTF-8.
  description[assignment.substr(0, equals)] =
      parse_json_or_text(assignment.substr(equals + 1), where);
}

}  // namespace regionwise::maps
