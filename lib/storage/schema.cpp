#include "storage/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/hdf5_detail.hpp"

namespace regionwise::storage::detail {
namespace {

template <class T>
std::array<T, 3> three(const std::vector<T>& values,
                       const Hdf5Reader& file,
                       const std::string& object,
                       const std::string& name) {
  require(values.size() == 3, file, object, fmt::format("three values in attribute \"{}\"", name));
  return {values[0], values[1], values[2]};
}

std::vector<std::string> read_names_of(std::vector<std::string> texts,
                                       const Hdf5Reader& file,
                                       const std::string& object,
                                       const std::string& name) {
  const std::string where = fmt::format("{}: attribute \"{}\"", place(file.path(), object), name);
  for (const std::string& text : texts) require_plain(text, where);
  return texts;
}

void throw_unless(bool holds,
                  const std::filesystem::path& path,
                  const std::string& object,
                  const std::string& expected) {
  if (!holds) throw DataError(fmt::format("{}: expected {}", place(path, object), expected));
}

}  // namespace

std::string text_of(const Json& json) {
  // A path on the command line need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_json(Hdf5Writer& file, const std::string& dataset, const Json& json) {
  file.write_text(dataset, text_of(json));
}

Json read_json(const Hdf5Reader& file, const std::string& dataset) {
  const auto text = file.read_text(dataset);
  try {
    return parse_json(text, place(file.path(), dataset));
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

void check_name(const Hdf5Writer& file, const std::string& name, const std::string& what) {
  if (!name.empty() && name != "." && name.find('/') == std::string::npos && is_plain(name)) return;
  throw DataError(fmt::format(
      "{}: {} {} cannot be a name in the file: it must not be empty, \".\" or hold '/' or "
      "control characters",
      file.path().string(),
      what,
      json_quoted(name)));
}

void check_plain(const std::filesystem::path& file,
                 const std::string& object,
                 const std::vector<std::string>& texts) {
  for (const std::string& text : texts) require_plain(text, place(file, object));
}

std::string read_name(const Hdf5Reader& file, const std::string& object, const std::string& name) {
  return read_names_of({file.text_attribute(object, name)}, file, object, name).front();
}

std::vector<std::string> read_names(const Hdf5Reader& file,
                                    const std::string& object,
                                    const std::string& name) {
  return read_names_of(file.texts_attribute(object, name), file, object, name);
}

void require(bool holds,
             const Hdf5Reader& file,
             const std::string& object,
             const std::string& expected) {
  throw_unless(holds, file.path(), object, expected);
}

void require(bool holds,
             const Hdf5Writer& file,
             const std::string& object,
             const std::string& expected) {
  throw_unless(holds, file.path(), object, expected);
}

Extents extents_of(const Shape3& shape) {
  return {shape.depth, shape.height, shape.width};
}

Extents extents_of(std::int64_t channels, const Shape3& shape) {
  return {channels, shape.depth, shape.height, shape.width};
}

std::array<double, 3> read_three_reals(const Hdf5Reader& file,
                                       const std::string& object,
                                       const std::string& name) {
  return three(file.reals_attribute(object, name), file, object, name);
}

std::array<std::int64_t, 3> read_three_integers(const Hdf5Reader& file,
                                                const std::string& object,
                                                const std::string& name) {
  return three(file.integers_attribute(object, name), file, object, name);
}

Shape3 read_shape(const Hdf5Reader& file, const std::string& object, const std::string& name) {
  const auto axes = read_three_integers(file, object, name);
  const bool sensible = std::all_of(
      axes.begin(), axes.end(), [](auto axis) { return axis >= 1 && axis <= kLongestAxis; });
  require(sensible, file, object, fmt::format("a shape in attribute \"{}\"", name));
  return {axes[0], axes[1], axes[2]};
}

bool is_spacing(const Spacing3& spacing_mm) {
  return std::all_of(
      spacing_mm.begin(), spacing_mm.end(), [](double mm) { return std::isfinite(mm) && mm > 0; });
}

}  // namespace regionwise::storage::detail
