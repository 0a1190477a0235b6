#include "listings/audit_listing.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

namespace regionwise::listings {
namespace {

constexpr const char* kMeaning =
    "shares are of the softmax simplex, all predictions alike; change: the smallest, in the "
    "largest value (change) or Euclidean (change_l2), that makes z safe, in the unit of the map";

/// NaN where there is nothing to divide by.
double mean(double sum, std::int64_t count) {
  return sum / static_cast<double>(count);
}

void add_row(cli::ResultTable& table,
             const std::string& image,
             const std::string& class_name,
             const maps::ClassAudit& audit) {
  const auto of_worst = [&](std::int64_t value) {
    return audit.unsafe > 0 ? static_cast<double>(value) : NAN;
  };
  table.row({image,
             class_name,
             audit.pixels,
             mean(static_cast<double>(audit.unsafe), audit.pixels),
             mean(audit.share_sum, audit.pixels),
             mean(audit.own_sum, audit.pixels),
             mean(audit.other_sum, audit.others),
             audit.worst.share,
             of_worst(audit.worst.slice),
             of_worst(audit.worst.y),
             of_worst(audit.worst.x),
             audit.change,
             audit.euclidean_change});
}

}  // namespace

CLI::Option* declare_audit_level(CLI::App& app, AuditLevel& level) {
  static const std::map<std::string, AuditLevel> levels = {
      {"image", AuditLevel::image}, {"class", AuditLevel::class_}, {"data", AuditLevel::data}};
  return app
      .add_option_function<std::string>(
          "--by",
          [&level](const std::string& name) { level = levels.at(name); },
          "A row per image and class, per class of the data set, or for all: image (the default), "
          "class or data")
      ->check(CLI::IsMember({"image", "class", "data"}).description(""));
}

AuditTables::AuditTables(const maps::DatasetAudit& audit,
                         const storage::DatasetInfo& dataset,
                         const Json& map,
                         const cli::Context& context)
    : audit_(audit), dataset_(dataset), map_(map), context_(context) {}

cli::ResultTable AuditTables::by(AuditLevel level) const {
  cli::ResultTable table({{"image", ""},
                          {"class", ""},
                          {"pixels", "1"},
                          {"unsafe", "1"},
                          {"wrong", "1"},
                          {"down", "1"},
                          {"up", "1"},
                          {"worst", "1"},
                          {"slice", "1"},
                          {"y", "1"},
                          {"x", "1"},
                          {"change", ""},
                          {"change_l2", ""}});
  comment_totals(table);
  table.comment(
      "unsafe: share of the pixels; wrong: mean share with any wrong sign; down: that the class's "
      "own is positive at its pixels; up: that it is negative at pixels of others; worst: the "
      "largest wrong, and where (all from 0)");
  table.comment(kMeaning);
  if (level == AuditLevel::image) {
    for (std::size_t i = 0; i < audit_.cases.size(); ++i) {
      add_rows(table, audit_.case_ids[i], audit_.cases[i]);
    }
  } else if (level == AuditLevel::class_) {
    add_rows(table, "all", audit_.whole);
  } else {
    add_row(table, "all", "all", audit_.whole.total());
  }
  return table;
}

cli::ResultTable AuditTables::worst() const {
  cli::ResultTable table({{"image", ""},
                          {"slice", "1"},
                          {"y", "1"},
                          {"x", "1"},
                          {"class", ""},
                          {"wrong", "1"},
                          {"change", ""},
                          {"change_l2", ""},
                          {"z", ""}});
  comment_totals(table);
  table.comment("wrong: share with any wrong sign; places are from 0; z: the map, class by class");
  table.comment(kMeaning);
  for (const maps::UnsafePixel& pixel : audit_.whole.worst) {
    table.row({audit_.case_ids[static_cast<std::size_t>(pixel.image)],
               pixel.slice,
               pixel.y,
               pixel.x,
               class_name(pixel.label),
               pixel.share,
               pixel.change.largest,
               pixel.change.euclidean,
               cli::format_numbers(pixel.z, ",")});
  }
  return table;
}

void AuditTables::comment_totals(cli::ResultTable& table) const {
  const maps::ClassAudit total = audit_.whole.total();
  const auto unsafe_images = std::ranges::count_if(
      audit_.cases, [](const maps::MapAudit& audit) { return audit.total().unsafe > 0; });
  table.comment(context_.command);
  table.comment(fmt::format("data set: {}; map: {}", dataset_.name, map_.dump()));
  table.comment(fmt::format("unsafe: {} of {} images, {} of {} pixels ({:.4g} %)",
                            unsafe_images,
                            audit_.cases.size(),
                            total.unsafe,
                            total.pixels,
                            100 * mean(static_cast<double>(total.unsafe), total.pixels)));
  if (total.unsafe == 0) return;
  table.comment(
      fmt::format("mean share of the simplex with any wrong sign: {:.4g}; of unsafe "
                  "pixels: {:.4g}",
                  mean(total.share_sum, total.pixels),
                  mean(total.share_sum, total.unsafe)));
  table.comment(fmt::format("worst: {} of the simplex, image {}, slice {}, y {}, x {}, class {}",
                            total.worst.share,
                            audit_.case_ids[static_cast<std::size_t>(total.worst.image)],
                            total.worst.slice,
                            total.worst.y,
                            total.worst.x,
                            class_name(total.worst.label)));
  table.comment(fmt::format("largest change that a pixel needs: {} (change_l2: {})",
                            total.change,
                            total.euclidean_change));
}

void AuditTables::add_rows(cli::ResultTable& table,
                           const std::string& image,
                           const maps::MapAudit& audit) const {
  for (std::size_t k = 0; k < audit.classes.size(); ++k) {
    add_row(table, image, class_name(static_cast<int>(k)), audit.classes[k]);
  }
  add_row(table, image, "all", audit.total());
}

std::string AuditTables::class_name(int label) const {
  return dataset_.class_names[static_cast<std::size_t>(label)];
}

cli::ResultTable vector_table(std::span<const double> z,
                              int true_class,
                              const cli::Context& context) {
  cli::ResultTable table({{"class", ""}, {"z", ""}, {"should_be", ""}, {"wrong", "1"}});
  table.comment(context.command);
  const maps::SmallestChange change = maps::smallest_change(z, true_class);
  table.comment(fmt::format("{}; change: {}; change_l2: {}",
                            maps::is_safe(z, true_class) ? "safe" : "unsafe",
                            change.largest,
                            change.euclidean));
  table.comment("wrong: share with the wrong sign of the derivative; classes are from 0");
  table.comment(kMeaning);
  std::vector<double> shares(z.size());
  maps::wrong_sign_shares(z, true_class, shares);
  for (std::size_t k = 0; k < z.size(); ++k) {
    const bool is_true = static_cast<int>(k) == true_class;
    table.row({fmt::format("{}", k), z[k], is_true ? "negative" : "positive", shares[k]});
  }
  table.row({"any", NAN, "", maps::unsafe_share(z, true_class)});
  return table;
}

}  // namespace regionwise::listings
