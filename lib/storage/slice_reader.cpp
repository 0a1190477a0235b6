#include "storage/slice_reader.hpp"

#include <utility>

#include "core/volume.hpp"

namespace regionwise::storage {

template <class T>
SliceReader<T>::SliceReader(std::string dataset, std::size_t axis)
    : dataset_(std::move(dataset)), axis_(axis) {}

template <class T>
void SliceReader<T>::read(const Hdf5Reader& file, std::int64_t z, std::span<T> out) const {
  std::call_once(opened_, [&] { chunks_ = ChunkReader::open<T>(file, dataset_, axis_); });
  if (chunks_ && z >= 0 && z < chunks_->chunks() && out.size_bytes() == chunks_->chunk_bytes()) {
    chunks_->read(z, std::as_writable_bytes(out));
    return;
  }
  Extents count = file.extents(dataset_);
  Extents offset(count.size(), 0);
  count[axis_] = 1;
  offset[axis_] = z;
  file.read_block<T>(dataset_, offset, count, out);
}

template class SliceReader<float>;
template class SliceReader<Label>;

}  // namespace regionwise::storage
