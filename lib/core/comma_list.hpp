#pragma once

#include <string>
#include <vector>

namespace regionwise {

/// The entries of a list such as "1,2,4": the text between the commas, as it is; one empty entry
/// for an empty text.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace regionwise
