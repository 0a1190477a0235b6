#include "training/gallery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "maps/dataset_maps.hpp"
#include "training/loader.hpp"

namespace regionwise::training {
namespace {

using storage::Rgb;
using storage::RgbImage;

constexpr Rgb kPaper{255, 255, 255};
constexpr Rgb kFrame{170, 170, 170};
constexpr Rgb kLine{60, 60, 60};
constexpr std::int64_t kTile = 220;  ///< Pixels that a tile is enlarged towards.
constexpr std::int64_t kGap = 8;
constexpr std::int64_t kRowGap = 26;  ///< Under a row: room for a caption.
constexpr std::int64_t kBarHeight = 14;
constexpr std::int64_t kAugmentedColumn = 1;
constexpr std::int64_t kClassColumn = 2;
constexpr std::int64_t kColumnsBeforeMaps = 3;

/// Okabe and Ito's colours that are seen on grey, told apart by most colour-blind people; repeated
/// for more classes.
constexpr Rgb kClassColours[] = {
    {230, 159, 0}, {86, 180, 233}, {0, 158, 115}, {240, 228, 66}, {213, 94, 0}, {204, 121, 167}};

const Rgb& colour_of(Label k) {
  return kClassColours[static_cast<std::size_t>(k - 1) % std::size(kClassColours)];
}

Rgb mixed(const Rgb& a, const Rgb& b, double share_of_b) {
  Rgb colour{};
  for (std::size_t i = 0; i < 3; ++i) {
    colour[i] = static_cast<std::uint8_t>(std::lround(a[i] + (b[i] - a[i]) * share_of_b));
  }
  return colour;
}

/// Blue at -1, white at 0, red at 1 (ColorBrewer's RdBu).
Rgb diverging(double value) {
  constexpr Rgb kBelow{33, 102, 172};
  constexpr Rgb kZero{247, 247, 247};
  constexpr Rgb kAbove{178, 24, 43};
  return mixed(kZero, value < 0 ? kBelow : kAbove, std::min(std::abs(value), 1.0));
}

/// Grey values of a row: what lies between 1 and 99 % of what was read.
struct GreyWindow {
  float low;
  float high;

  explicit GreyWindow(std::span<const float> values) {
    std::vector<float> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    low = sorted[sorted.size() / 100];
    high = sorted[sorted.size() - 1 - sorted.size() / 100];
  }
  Rgb operator()(float value) const {
    const float share = high > low ? (value - low) / (high - low) : 0.5F;
    const auto grey = static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0F, 1.0F)));
    return {grey, grey, grey};
  }
};

/// One sample with all that its row shows.
struct Row {
  PatchOrigin origin;
  TrainingSample read;
  TrainingSample made;
  std::vector<AugmentationDraw> draws;
  std::vector<float> map;  ///< [K, height, width]
};

/// Where the tiles lie.
struct Layout {
  std::int64_t zoom;
  std::int64_t cell_height;
  std::int64_t cell_width;

  explicit Layout(const SamplerOptions& options) {
    const std::int64_t height = std::max(options.read.height, options.patch.height);
    const std::int64_t width = std::max(options.read.width, options.patch.width);
    zoom = std::max<std::int64_t>(1, kTile / std::max(height, width));
    cell_height = zoom * height;
    cell_width = zoom * width;
  }
  std::int64_t bar_width() const { return cell_width - cell_width / 5; }
  std::int64_t bar_left(std::int64_t column) const { return left(column) + cell_width / 10; }
  std::int64_t top(std::int64_t row) const { return kGap + row * (cell_height + kRowGap); }
  std::int64_t left(std::int64_t column) const { return kGap + column * (cell_width + kGap); }
};

/// Paints a tile into the middle of its cell; colour(y, x) takes enlarged coordinates.
template <class Colour>
void paint(RgbImage& sheet,
           const Layout& layout,
           std::int64_t row,
           std::int64_t column,
           const Shape2& shape,
           const Colour& colour) {
  const std::int64_t height = layout.zoom * shape.height;
  const std::int64_t width = layout.zoom * shape.width;
  const std::int64_t top = layout.top(row) + (layout.cell_height - height) / 2;
  const std::int64_t left = layout.left(column) + (layout.cell_width - width) / 2;
  for (std::int64_t y = -1; y <= height; ++y) {
    for (std::int64_t x = -1; x <= width; ++x) {
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      sheet.at(top + y, left + x) = inside ? colour(y, x) : kFrame;
    }
  }
}

/// The value of an enlarged plane.
template <class T>
T enlarged(std::span<const T> plane,
           const Shape2& shape,
           std::int64_t zoom,
           std::int64_t y,
           std::int64_t x) {
  return plane[static_cast<std::size_t>(y / zoom * shape.width + x / zoom)];
}

void paint_image(RgbImage& sheet,
                 const Layout& layout,
                 std::int64_t row,
                 std::int64_t column,
                 const TrainingSample& sample,
                 std::int64_t channel,
                 const GreyWindow& grey) {
  paint(sheet, layout, row, column, sample.shape, [&](std::int64_t y, std::int64_t x) {
    return grey(enlarged(sample.channel(channel), sample.shape, layout.zoom, y, x));
  });
}

/// The classes of a sample, enlarged.
class EnlargedClasses {
 public:
  EnlargedClasses(const TrainingSample& sample, std::int64_t zoom)
      : labels_(sample.label), shape_(sample.shape), zoom_(zoom) {}

  /// Beyond the patch: as at its border.
  Label at(std::int64_t y, std::int64_t x) const {
    const auto inside_y = std::clamp<std::int64_t>(y, 0, zoom_ * shape_.height - 1);
    const auto inside_x = std::clamp<std::int64_t>(x, 0, zoom_ * shape_.width - 1);
    return enlarged(labels_, shape_, zoom_, inside_y, inside_x);
  }
  /// Whether another class is within `line` pixels.
  bool is_border(std::int64_t y, std::int64_t x, std::int64_t line) const {
    const Label k = at(y, x);
    return at(y - line, x) != k || at(y + line, x) != k || at(y, x - line) != k ||
           at(y, x + line) != k;
  }

 private:
  std::span<const Label> labels_;
  Shape2 shape_;
  std::int64_t zoom_;
};

/// The classes over the image: a tint, and a line along their inner border.
void paint_labels(RgbImage& sheet,
                  const Layout& layout,
                  std::int64_t row,
                  const TrainingSample& sample,
                  std::int64_t channel,
                  const GreyWindow& grey) {
  const EnlargedClasses classes(sample, layout.zoom);
  const std::int64_t line = std::max<std::int64_t>(1, layout.zoom / 2);
  paint(sheet, layout, row, kClassColumn, sample.shape, [&](std::int64_t y, std::int64_t x) {
    const Rgb under = grey(enlarged(sample.channel(channel), sample.shape, layout.zoom, y, x));
    const Label k = classes.at(y, x);
    if (k <= 0) return under;
    return mixed(under, colour_of(k), classes.is_border(y, x, line) ? 1.0 : 0.3);
  });
}

/// The map of class k, with a thin line along the class's inner border.
void paint_map(RgbImage& sheet,
               const Layout& layout,
               std::int64_t row,
               const TrainingSample& sample,
               std::span<const float> map,
               Label k,
               float range) {
  const EnlargedClasses classes(sample, layout.zoom);
  const std::int64_t column = kColumnsBeforeMaps + k - 1;
  paint(sheet, layout, row, column, sample.shape, [&](std::int64_t y, std::int64_t x) {
    if (classes.at(y, x) == k && classes.is_border(y, x, 1)) return kLine;
    return diverging(enlarged(map, sample.shape, layout.zoom, y, x) / range);
  });
}

Row make_row(const Sampler& sampler,
             const AugmentationConfig& augmentation,
             const std::vector<bool>& masked,
             const maps::MapSpecification& map,
             const SamplePosition& position) {
  DrawnPatch drawn = sampler.draw(position, [](const std::string&) {});
  Row row{drawn.origin, std::move(drawn.sample), {}, {}, {}};
  row.made = augmented(row.read, sampler, augmentation, masked, position, &row.draws);
  maps::LabelBatch batch;
  batch.labels = row.made.label;
  batch.shape = {1, row.made.shape.height, row.made.shape.width};
  batch.classes = sampler.dataset().classes();
  batch.spacing_mm = sampler.dataset().cases()[row.origin.case_index].spacing_mm;
  row.map = map.compute<float>(batch);
  maps::check_finite(
      row.map,
      map,
      batch.shape,
      fmt::format("{}: {}", sampler.dataset().path().string(), sampler.describe(row.origin)));
  return row;
}

/// The largest distance from 0 in any map; 1 where all are 0.
float map_range(const std::vector<Row>& rows) {
  float range = 0;
  for (const Row& row : rows) {
    for (const float value : row.map) range = std::max(range, std::abs(value));
  }
  return range > 0 ? range : 1;
}

void paint_row(RgbImage& sheet,
               const Layout& layout,
               std::int64_t index,
               const Row& row,
               std::int64_t channel,
               float range) {
  const GreyWindow grey(row.read.channel(channel));
  paint_image(sheet, layout, index, 0, row.read, channel, grey);
  paint_image(sheet, layout, index, kAugmentedColumn, row.made, channel, grey);
  paint_labels(sheet, layout, index, row.made, channel, grey);
  const auto pixels = static_cast<std::size_t>(row.made.shape.size());
  for (std::size_t k = 1; k < row.map.size() / pixels; ++k) {
    const std::span<const float> plane(row.map.data() + k * pixels, pixels);
    paint_map(sheet, layout, index, row.made, plane, static_cast<Label>(k), range);
  }
}

/// A bar under a column; colour(share) takes 0 at its left end to 1 at its right.
template <class Colour>
void paint_bar(RgbImage& sheet,
               const Layout& layout,
               std::int64_t row,
               std::int64_t column,
               const Colour& colour) {
  for (std::int64_t x = 0; x < layout.bar_width(); ++x) {
    const double share = static_cast<double>(x) / static_cast<double>(layout.bar_width() - 1);
    for (std::int64_t y = 0; y < kBarHeight; ++y) {
      sheet.at(layout.top(row) + y, layout.bar_left(column) + x) = colour(share);
    }
  }
}

/// The colours of the classes, and those of the maps from the lowest value to the highest.
void paint_bars(RgbImage& sheet, const Layout& layout, std::int64_t row, int classes) {
  paint_bar(sheet, layout, row, kClassColumn, [&](double share) {
    return colour_of(static_cast<Label>(1 + std::min(share * (classes - 1), classes - 2.0)));
  });
  paint_bar(sheet, layout, row, kColumnsBeforeMaps, [](double share) {
    return diverging(2 * share - 1);
  });
}

std::vector<std::string> column_titles(const std::vector<std::string>& class_names,
                                       const std::string& map) {
  std::vector<std::string> titles{"read", "augmented", "classes"};
  for (std::size_t k = 1; k < class_names.size(); ++k) {
    titles.push_back(fmt::format("{} map, {}", map, class_names[k]));
  }
  return titles;
}

std::vector<GalleryCaption> make_captions(const Sampler& sampler,
                                          const Layout& layout,
                                          const std::vector<Row>& rows,
                                          const maps::MapSpecification& map,
                                          std::int64_t channel,
                                          float range) {
  std::vector<GalleryCaption> captions;
  const auto middle = [&](std::int64_t column) {
    return layout.left(column) + layout.cell_width / 2;
  };
  std::int64_t column = 0;
  for (std::string& title : column_titles(sampler.dataset().info().class_names, map.entry().name)) {
    captions.push_back({0, column + 1, middle(column), 0, std::move(title)});
    ++column;
  }
  for (std::int64_t row = 0; row < std::ssize(rows); ++row) {
    captions.push_back({row + 1,
                        0,
                        0,
                        layout.top(row) + layout.cell_height / 2,
                        sampler.describe(rows[static_cast<std::size_t>(row)].origin)});
  }
  for (std::int64_t row = 0; row < std::ssize(rows); ++row) {
    captions.push_back({row + 1,
                        kAugmentedColumn + 1,
                        layout.left(kAugmentedColumn),
                        layout.top(row) + layout.cell_height,
                        describe(rows[static_cast<std::size_t>(row)].draws, channel)});
  }
  const std::int64_t bars = std::ssize(rows) + 1;
  const std::int64_t below = layout.top(bars - 1) + kBarHeight;
  const auto under = [&](std::int64_t tile_column, double share, std::string text) {
    const auto offset = std::lround(share * static_cast<double>(layout.bar_width()));
    captions.push_back(
        {bars, tile_column + 1, layout.bar_left(tile_column) + offset, below, std::move(text)});
  };
  const auto& names = sampler.dataset().info().class_names;
  for (std::size_t k = 1; k < names.size(); ++k) {
    const double share = (static_cast<double>(k) - 0.5) / static_cast<double>(names.size() - 1);
    under(kClassColumn, share, names[k]);
  }
  for (const double share : {0.0, 0.5, 1.0}) {
    under(kColumnsBeforeMaps, share, fmt::format("{:.3g}", (2 * share - 1) * range));
  }
  return captions;
}

/// UsageError where what is held at once would take more than 4 GiB: samples as read and as made,
/// their maps, and the sheet.
void check_size(const Layout& layout,
                const SamplerOptions& sampler,
                std::int64_t count,
                std::int64_t channels,
                std::int64_t classes) {
  constexpr double kLargestGib = 4;
  const auto pixels = [](std::int64_t height, std::int64_t width) {
    return static_cast<double>(height) * static_cast<double>(width);
  };
  const double read = pixels(sampler.read.height, sampler.read.width);
  const double made = pixels(sampler.patch.height, sampler.patch.width);
  const double values =
      static_cast<double>(channels) * (read + made) + static_cast<double>(classes) * made;
  const double sample = 4 * values + read + made;
  const double sheet = 3 * pixels(layout.top(count), layout.left(kColumnsBeforeMaps + classes));
  const double gib = (static_cast<double>(count) * sample + sheet) / (1 << 30);
  if (gib <= kLargestGib) return;
  throw UsageError(
      fmt::format("{} samples of {} x {} pixels take {:.1f} GiB of memory, at most {} are taken: "
                  "draw fewer, or smaller ones",
                  count,
                  sampler.patch.height,
                  sampler.patch.width,
                  gib,
                  kLargestGib));
}

}  // namespace

std::string describe(const std::vector<AugmentationDraw>& draws, std::int64_t channel) {
  std::string text;
  for (const AugmentationDraw& draw : draws) {
    if (draw.channel >= 0 && draw.channel != channel) continue;
    if (!text.empty()) text += ", ";
    if (draw.step == "mirror-y" || draw.step == "mirror-x") {
      text += fmt::format("mirror {}", draw.step.back());
    } else {
      text += fmt::format("{} {:.3g}{}", draw.step, draw.value, draw.step == "rotation" ? "°" : "");
    }
  }
  return text.empty() ? "unchanged" : text;
}

void GalleryOptions::check(int channels) const {
  if (count < 1) throw UsageError("a gallery shows at least one sample");
  if (channel < 0 || channel >= channels) {
    throw UsageError(fmt::format("channel {}: the images have 0 to {}", channel, channels - 1));
  }
}

Gallery draw_gallery(const Sampler& sampler,
                     const AugmentationConfig& augmentation,
                     const std::vector<bool>& masked,
                     const maps::MapSpecification& map,
                     const GalleryOptions& options) {
  options.check(sampler.dataset().channels());
  const Layout layout(sampler.options());
  check_size(layout,
             sampler.options(),
             options.count,
             sampler.dataset().channels(),
             sampler.dataset().classes());
  const std::int64_t batch_size = sampler.options().batch_size;
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < options.count; ++i) {
    stop_if_interrupted();
    rows.push_back(
        make_row(sampler, augmentation, masked, map, {0, i / batch_size, i % batch_size}));
  }
  const float range = map_range(rows);
  const std::int64_t columns = kColumnsBeforeMaps + sampler.dataset().classes() - 1;
  Gallery gallery;
  gallery.sheet =
      RgbImage(layout.top(options.count) + kBarHeight + kGap, layout.left(columns), kPaper);
  for (std::int64_t i = 0; i < options.count; ++i) {
    paint_row(gallery.sheet, layout, i, rows[static_cast<std::size_t>(i)], options.channel, range);
  }
  paint_bars(gallery.sheet, layout, options.count, sampler.dataset().classes());
  gallery.captions = make_captions(sampler, layout, rows, map, options.channel, range);
  for (std::int64_t i = 0; i < options.count; ++i) {
    const Row& row = rows[static_cast<std::size_t>(i)];
    const std::string& id = sampler.dataset().cases()[row.origin.case_index].id;
    for (const AugmentationDraw& draw : row.draws) {
      gallery.draws.push_back({i + 1, id, row.origin.slice, draw});
    }
  }
  return gallery;
}

}  // namespace regionwise::training
