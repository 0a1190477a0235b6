#include "fuzz/edits.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "fuzz/fuzz.hpp"
#include "storage/damage.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/seal.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::testing {
namespace {

using storage::Handle;

constexpr std::int64_t kIntegers[] = {0,
                                      1,
                                      -1,
                                      2,
                                      3,
                                      4,
                                      5,
                                      6,
                                      7,
                                      24,
                                      127,
                                      128,
                                      -128,
                                      255,
                                      32767,
                                      1 << 20,
                                      (1 << 20) + 1,
                                      1LL << 31,
                                      -(1LL << 31),
                                      1LL << 32,
                                      1LL << 40,
                                      1LL << 62,
                                      std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};

constexpr hsize_t kExtents[] = {0,
                                1,
                                2,
                                3,
                                4,
                                6,
                                8,
                                12,
                                24,
                                1 << 20,
                                (1 << 20) + 1,
                                hsize_t{1} << 31,
                                hsize_t{1} << 40,
                                hsize_t{1} << 62};

const double kReals[] = {0,
                         -0.0,
                         1,
                         -1,
                         0.5,
                         2,
                         10,
                         1e-320,
                         1e-8,
                         1e8,
                         1e38,
                         1e308,
                         -1e308,
                         std::nan(""),
                         HUGE_VAL,
                         -HUGE_VAL};

const std::string kTexts[] = {"",
                              ".",
                              "..",
                              "/",
                              "a",
                              "b",
                              "a/b",
                              "../a",
                              "a\nb",
                              "\xff\xfe",
                              "%s{}",
                              "0",
                              "-1",
                              "1e999",
                              "nan",
                              "null",
                              "[]",
                              "{}",
                              "{\"name\":\"dice\"}",
                              "{\"a\":1,\"a\":2}",
                              "train",
                              "validation",
                              "regionwise/dataset",
                              "regionwise/maps",
                              "regionwise/run",
                              "regionwise/metrics",
                              "converged",
                              "failed",
                              "diverged",
                              "float32",
                              "z.weight",
                              "a.bias",
                              "loss",
                              "epoch",
                              "dice",
                              "hausdorff",
                              "order",
                              "/provenance",
                              "image",
                              "label",
                              "map",
                              std::string(70000, '['),
                              std::string(3000, 'x')};

using Names = std::vector<std::string>;

herr_t remember_object(hid_t, const char* name, const H5O_info_t*, void* names) {
  const std::string full = std::string(name) == "." ? "/" : "/" + std::string(name);
  static_cast<Names*>(names)->push_back(full);
  return 0;
}

herr_t remember_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<Names*>(names)->push_back(name);
  return 0;
}

Handle text_type(bool variable, std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), variable ? H5T_VARIABLE : std::max<std::size_t>(length, 1));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

/// Types that our files hold, and some that they never do.
Handle any_type(Choices& choices) {
  const hid_t known[] = {H5T_IEEE_F32LE,
                         H5T_IEEE_F64LE,
                         H5T_STD_I8LE,
                         H5T_STD_U8LE,
                         H5T_STD_I16LE,
                         H5T_STD_I32LE,
                         H5T_STD_I64LE,
                         H5T_STD_U64LE,
                         H5T_IEEE_F32BE,
                         H5T_STD_I64BE};
  const auto choice = choices.below(std::size(known) + 6);
  if (choice < std::size(known)) return {H5Tcopy(known[choice]), H5Tclose};
  switch (choice - std::size(known)) {
    case 0:
      return text_type(true, 0);
    case 1:
      return text_type(false, choices.byte());
    case 2:
      return {H5Tvlen_create(H5T_NATIVE_INT), H5Tclose};
    case 3: {
      Handle type(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
      H5Tinsert(type.get(), "a", 0, H5T_NATIVE_INT64);
      H5Tinsert(type.get(), "b", 8, H5T_NATIVE_DOUBLE);
      return type;
    }
    case 4: {
      Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
      const std::int8_t value = 1;
      H5Tenum_insert(type.get(), "one", &value);
      return type;
    }
    default:
      return {H5Tcopy(H5T_STD_REF_OBJ), H5Tclose};
  }
}

Handle space_of(const std::vector<hsize_t>& extents) {
  if (extents.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose};
}

/// Whole, in chunks, or in chunks that are compressed.
Handle any_layout(Choices& choices, const std::vector<hsize_t>& extents) {
  Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const auto kind = choices.below(4);
  if (kind == 0 || extents.empty()) return layout;
  std::vector<hsize_t> chunk;
  for (const auto extent : extents)
    chunk.push_back(std::clamp<hsize_t>(extent, 1, kind == 1 ? 1 : 8));
  H5Pset_chunk(layout.get(), static_cast<int>(chunk.size()), chunk.data());
  if (kind == 3) {
    H5Pset_shuffle(layout.get());
    H5Pset_deflate(layout.get(), 4);
  }
  return layout;
}

/// Fills a small data set or attribute through `write(memory_type, buffer)`.
template <class Write>
void fill(hid_t type, hid_t space, Choices& choices, const Write& write) {
  const auto count = H5Sget_simple_extent_npoints(space);
  if (count <= 0 || count > 4096) return;
  const auto size = static_cast<std::size_t>(count);
  const auto kind = H5Tget_class(type);
  const auto given = 1 + choices.below(4);
  if (kind == H5T_STRING && H5Tis_variable_str(type) > 0) {
    Names texts;
    for (std::size_t i = 0; i < given; ++i) texts.push_back(choices.text());
    std::vector<const char*> pointers;
    for (std::size_t i = 0; i < size; ++i) pointers.push_back(texts[i % given].c_str());
    write(type, pointers.data());
  } else if (kind == H5T_FLOAT) {
    std::vector<double> values;
    for (std::size_t i = 0; i < given; ++i) values.push_back(choices.real());
    for (std::size_t i = given; i < size; ++i) values.push_back(values[i % given]);
    values.resize(size);
    write(H5T_NATIVE_DOUBLE, values.data());
  } else if (kind == H5T_INTEGER) {
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < given; ++i) values.push_back(choices.integer());
    for (std::size_t i = given; i < size; ++i) values.push_back(values[i % given]);
    values.resize(size);
    write(H5T_NATIVE_INT64, values.data());
  } else if (kind == H5T_STRING) {
    const auto length = H5Tget_size(type);
    std::string text = choices.text();
    text.resize(length * size, 'x');
    write(type, text.data());
  }
}

void make_dataset(hid_t file, const std::string& name, Choices& choices) {
  const Handle type = any_type(choices);
  const auto extents = choices.extents();
  const Handle space = space_of(extents);
  const Handle layout = any_layout(choices, extents);
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const Handle made(
      H5Dcreate2(
          file, name.c_str(), type.get(), space.get(), H5P_DEFAULT, layout.get(), H5P_DEFAULT),
      H5Dclose);
  if (!made) return;
  fill(type.get(), space.get(), choices, [&](hid_t memory, const void* values) {
    H5Dwrite(made.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  });
}

/// Other values where type and extents stay.
void change_values(hid_t file, const std::string& name, Choices& choices) {
  const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) return;
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  fill(type.get(), space.get(), choices, [&](hid_t memory, const void* values) {
    H5Dwrite(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  });
}

/// One byte of a text changed: of JSON mostly.
void change_text(hid_t file, const std::string& name, Choices& choices) {
  const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) return;
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const bool one = H5Sget_simple_extent_npoints(space.get()) == 1;
  if (!one || H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) <= 0) return;
  char* text = nullptr;
  H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &text);
  if (text == nullptr) return;
  std::string changed = text;
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, &text);
  const auto at = choices.below(changed.size() + 1);
  changed.replace(at, choices.below(8), choices.text());
  const char* pointer = changed.c_str();
  H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer);
}

void make_attribute(hid_t file,
                    const std::string& object,
                    const std::string& name,
                    Choices& choices) {
  const Handle owner(H5Oopen(file, object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!owner) return;
  H5Adelete(owner.get(), name.c_str());
  const Handle type = any_type(choices);
  const auto kind = choices.below(8);
  const Handle space = kind == 7   ? Handle(H5Screate(H5S_NULL), H5Sclose)
                       : kind == 0 ? space_of({})
                                   : space_of({choices.below(6)});
  const Handle made(
      H5Acreate2(owner.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!made || kind == 7) return;
  fill(type.get(), space.get(), choices, [&](hid_t memory, const void* values) {
    H5Awrite(made.get(), memory, values);
  });
}

/// Other values where type and number stay: made anew, as HDF5 1.10 may write a changed one beyond
/// its place in the object's header.
void change_attribute(hid_t file,
                      const std::string& object,
                      const std::string& name,
                      Choices& choices) {
  Handle attribute(H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                   H5Aclose);
  if (!attribute) return;
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  attribute.reset();
  H5Adelete_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT);
  const Handle made(H5Acreate_by_name(file,
                                      object.c_str(),
                                      name.c_str(),
                                      type.get(),
                                      space.get(),
                                      H5P_DEFAULT,
                                      H5P_DEFAULT,
                                      H5P_DEFAULT),
                    H5Aclose);
  if (!made) return;
  fill(type.get(), space.get(), choices, [&](hid_t memory, const void* values) {
    H5Awrite(made.get(), memory, values);
  });
}

}  // namespace

std::uint8_t Choices::byte() {
  if (bytes_.empty()) return 0;
  const auto first = bytes_.front();
  bytes_ = bytes_.subspan(1);
  return first;
}

std::int64_t Choices::integer() {
  const auto choice = below(std::size(kIntegers) + 1);
  if (choice < std::size(kIntegers)) return kIntegers[choice];
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | byte();
  return static_cast<std::int64_t>(value);
}

double Choices::real() {
  const auto choice = below(std::size(kReals) + 1);
  if (choice < std::size(kReals)) return kReals[choice];
  const auto bits = integer();
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::string Choices::text() {
  const auto choice = below(std::size(kTexts) + 4);
  if (choice < std::size(kTexts)) return kTexts[choice];
  const std::size_t asked = byte();
  const std::size_t length = std::min(asked, bytes_.size());
  const std::string text(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(length));
  bytes_ = bytes_.subspan(length);
  return text;
}

std::vector<hsize_t> Choices::extents() {
  std::vector<hsize_t> extents(below(6));
  for (auto& extent : extents) extent = kExtents[below(std::size(kExtents))];
  return extents;
}

EditableFile::EditableFile(const std::filesystem::path& example)
    : bytes_(storage::testing::without_seal(bytes_of(example))) {
  const auto lock = storage::detail::enter_hdf5();
  const Handle file(H5Fopen(example.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  H5Ovisit(file.get(), H5_INDEX_NAME, H5_ITER_INC, remember_object, &objects_);
  for (const auto& object : objects_) {
    Names names;
    const Handle owner(H5Oopen(file.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
    hsize_t start = 0;
    H5Aiterate2(owner.get(), H5_INDEX_NAME, H5_ITER_INC, &start, remember_attribute, &names);
    for (const auto& name : names) attributes_.emplace_back(object, name);
  }
}

void EditableFile::edit(hid_t file, Choices& choices) const {
  const auto operation = choices.below(12);
  if (operation < 4) {
    const auto& [owner, name] = attributes_[choices.below(attributes_.size())];
    if (operation == 0) H5Adelete_by_name(file, owner.c_str(), name.c_str(), H5P_DEFAULT);
    if (operation == 1) make_attribute(file, owner, name, choices);
    if (operation > 1) change_attribute(file, owner, name, choices);
    return;
  }
  const std::string& name = object(choices);
  switch (operation) {
    case 4:
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      break;
    case 5:
      make_dataset(file, name, choices);
      break;
    case 6:
      change_values(file, name, choices);
      break;
    case 7:
      change_text(file, name, choices);
      break;
    case 8: {  // renamed, within its group
      const auto renamed = name.substr(0, name.rfind('/') + 1) + choices.text();
      H5Lmove(file, name.c_str(), file, renamed.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    }
    case 9: {  // another object, perhaps one that holds this one
      const std::string& target = object(choices);
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      H5Lcreate_hard(file, target.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    }
    case 10: {  // a link, perhaps to itself or to nothing
      const std::string target = choices.below(2) == 0 ? object(choices) : choices.text();
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      H5Lcreate_soft(target.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    }
    default:
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      const Handle group(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                         H5Gclose);
  }
}

void EditableFile::write_edited(const std::filesystem::path& path,
                                std::span<const std::uint8_t> program) const {
  constexpr int kMostEdits = 16;
  write_file(path, bytes_);
  Choices choices(program);
  const bool sealed = choices.byte() % 2 == 0;
  {
    const auto lock = storage::detail::enter_hdf5();
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (int i = 0; i < kMostEdits && choices.any(); ++i) edit(file.get(), choices);
  }
  if (sealed) storage::Seal::append(path, {}, path);
}

}  // namespace regionwise::testing
