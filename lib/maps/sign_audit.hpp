#pragma once

#include <span>
#include <string>

namespace regionwise::maps {

/// Which signs the region-wise loss can give the derivatives of one pixel, exactly and without
/// sampling.
///
/// By Eq. 2 (Valverde and Tohka 2023) ∂L/∂φ_k = y_k (z_k − μ) with μ = Σ_l y_l z_l, so its sign is
/// that of z_k − μ. It should be positive for the wrong classes and negative for the true one, m.
/// What follows is the share of softmax vectors y, uniform on the simplex, on which it is not.
///
/// Such a y is E / Σ E with independent exponential E_l: μ > t just if Σ_i a_i E_i > Σ_j b_j E_j
/// over a_i = z_i − t > 0 and b_j = t − z_j > 0. The difference of the last two terms is a E with
/// probability a/(a + b), and else −b E: the rest of one is as if the other had not been there. So
///   G(p, q) = a_p/(a_p + b_q) G(p, q − 1) + b_q/(a_p + b_q) G(p − 1, q),  G(p, 0) = 1, G(0, q) = 0
/// is P(μ > t), the recurrence of Cox and de Boor for the B-spline that is μ's density (Curry and
/// Schoenberg 1966). It equals Σ_l (z_l − t)_+^{K−1} / Π_{j≠l} (z_l − z_j), where the z differ, and
/// its limit where they do not; but it only adds and multiplies what is not negative, and is
/// accurate to some K roundings however near to one another the z are.
///
/// z: K finite numbers of magnitude ≤ 1e150, K from 2 to 128; classes are counted from 0.

/// P(μ > t) and P(μ < t), for any t. Where all z are t both are 0.
double share_above(std::span<const double> z, double t);
double share_below(std::span<const double> z, double t);

/// For each class the share on which its derivative has the wrong sign: P(μ > z_k) of a wrong
/// class, P(μ < z_m) of the true one. Fills `shares` [K].
void wrong_sign_shares(std::span<const double> z, int true_class, std::span<double> shares);

/// The share on which any derivative has the wrong sign. Some wrong class has it where μ exceeds
/// the least wrong value w, and the true one where μ < z_m; for z_m ≤ w the latter never happens,
/// and for z_m > w it is always one of the two. So: 1 if z_m > w, else P(μ > w), which is
/// 1 − Π_{l≠m} (w − z_m)/(z_l − z_m).
double unsafe_share(std::span<const double> z, int true_class);

/// Whether no derivative has the wrong sign anywhere on the simplex: whether all wrong values are
/// equal and the true one is not above them (Sec. 3.3), since each wrong value must reach μ when
/// all of y is on the largest.
bool is_safe(std::span<const double> z, int true_class);

/// The smallest change of z that makes the pixel safe, in the unit of the map; 0 just if it is.
struct SmallestChange {
  /// In the maximum norm. With the wrong values moved to c, and the true one to c where it is
  /// above, c must be midway from the least wrong value to the largest of all: half their distance.
  double largest = 0;
  /// In the Euclidean norm: c is the mean of the wrong values, or of all where the true one is
  /// above that mean.
  double euclidean = 0;
};
SmallestChange smallest_change(std::span<const double> z, int true_class);

/// UsageError, beginning with `where`, unless `z` holds 2 to 128 finite numbers of magnitude
/// ≤ 1e150 and `true_class` is one of 0 … K−1.
void check_map_vector(std::span<const double> z, int true_class, const std::string& where);

}  // namespace regionwise::maps
