#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/record/column.h"

namespace tributary {

/// Rows that agree in all of some columns are a class (Sweeney 2002, k-anonymity). Writes what tells a row's class from
/// all others; `texts` are columns of text. A null is a value of its own.
void write_class(std::span<const Column> texts, std::size_t row, std::string& key);

/// The rows, rising, whose class among these has fewer than `k`.
std::vector<std::uint32_t> rows_of_small_classes(std::span<const Column> columns, std::uint32_t k);

}  // namespace tributary
