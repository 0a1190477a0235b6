#pragma once

// HDF5 files, read and written.

#include "storage/hdf5_reader.hpp"
#include "storage/hdf5_writer.hpp"
