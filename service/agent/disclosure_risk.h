#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/record/deidentified_batch.h"

namespace tributary {

/// How far rows stand out by their quasi-identifiers: rows that agree in all of them are a class, and whoever is in a
/// small one can be told apart (Sweeney 2002, k-anonymity). Holds one number a class, no values but those of the class.
class DisclosureRisk {
  public:
    struct Figures {
        std::uint64_t rows = 0;
        std::uint64_t classes = 0;
        std::uint64_t smallest = 0;  ///< rows of the smallest class; 0 without rows
        std::uint64_t unique = 0;    ///< rows that are alone in their class
        std::uint64_t below_k = 0;   ///< rows in classes of fewer than k
    };

    /// `columns`: names of output columns.
    explicit DisclosureRisk(std::vector<std::string> columns) : columns_(std::move(columns)) {}

    void add(const DeidentifiedBatch& batch);
    Figures figures(std::uint64_t k) const;

  private:
    std::vector<std::string> columns_;
    std::unordered_map<std::string, std::uint64_t> classes_;
};

}  // namespace tributary
