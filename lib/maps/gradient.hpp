#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace regionwise::maps {

/// Derivatives by the logits φ of one pixel. K classes, counted from 0; all spans hold K numbers.

/// Of the region-wise loss (Valverde and Tohka 2023, Eq. 2), without the factor 1/(NK) that the
/// loss has in practice: g_k = y_k Σ_{l≠k} y_l (z_k − z_l). z: the pixel's values of the map;
/// `softmax` y: probabilities.
void region_wise_gradient(std::span<const double> z,
                          std::span<const double> softmax,
                          std::span<double> gradient);

/// Of −log y_m, m the true class: g_k = y_k − [k = m].
void cross_entropy_gradient(int true_class,
                            std::span<const double> softmax,
                            std::span<double> gradient);

/// How many are below 0: more than one, and several softmax values are pushed up at once.
std::int64_t count_negative(std::span<const double> gradient);

/// The softmax vectors of three classes on a triangular grid with `points` ≥ 2 along each edge,
/// [points (points + 1) / 2, 3]: y_0 rises from 0 to 1, and for each of its values y_1 does.
/// UsageError for another number of points than 2 to 2001.
std::vector<double> triangular_grid(int points);

/// Softmax vectors from a table, a line each: numbers apart by tabs, commas or spaces; lines that
/// begin with # or are empty are passed over. [n, K]. DataError, naming `where` and the line: not
/// `classes` numbers, one that is no probability, a sum that is not 1 to 1e-6, or no line at all.
std::vector<double> read_softmax(std::istream& input, const std::string& where, int classes);

}  // namespace regionwise::maps
