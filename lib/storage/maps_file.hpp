#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"
#include "storage/slice_reader.hpp"

namespace regionwise::storage {

/// Region-wise maps of whole cases: /cases/<id>/map float32 [K, D, H, W].
class MapsWriter {
 public:
  /// `specification` is the resolved map (name, options, class weights, rules, unit, dimensions);
  /// `dataset_hash` the content hash of the dataset file that the maps belong to.
  MapsWriter(const std::filesystem::path& path,
             WriteOptions options,
             const Json& specification,
             const std::vector<std::string>& class_names,
             const std::string& dataset_hash);
  void add(const std::string& case_id, Shape3 shape, std::span<const float> map);
  void finish(const Provenance& provenance);

 private:
  Hdf5Writer file_;
  std::int64_t classes_;
};

class MapsReader {
 public:
  explicit MapsReader(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  /// For the provenance of what is made of it; reads the whole file.
  Input as_input() const { return Input(file_); }
  const Json& specification() const { return specification_; }
  const std::vector<std::string>& class_names() const { return class_names_; }
  const std::vector<std::string>& case_ids() const { return case_ids_; }
  /// Of the dataset file; empty in files of the first programs, which did not record it.
  const std::string& dataset_hash() const { return dataset_hash_; }
  /// Where the dataset file lay, as the command line named it; empty where it is not known.
  const std::filesystem::path& dataset_path() const { return dataset_path_; }
  Shape3 shape(const std::string& case_id) const;
  std::vector<float> map(const std::string& case_id) const;  ///< [K, D, H, W]
  /// One slice into `out` [K, H, W]. A case that is missing is a DataError.
  void slice(const std::string& case_id, std::int64_t z, std::span<float> out) const;

 private:
  Hdf5Reader file_;
  Json specification_;
  std::vector<std::string> class_names_;
  std::vector<std::string> case_ids_;
  std::vector<std::shared_ptr<const SliceReader<float>>> slices_;  ///< Of each case.
  std::string dataset_hash_;
  std::filesystem::path dataset_path_;
};

}  // namespace regionwise::storage
