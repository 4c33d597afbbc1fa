#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tributary {

/// Counts of one field of the source, never values. filled + empty + the invalid ones = rows.
struct FieldQuality {
    std::string field;
    std::uint64_t filled = 0;
    std::uint64_t empty = 0;
    std::map<std::string, std::uint64_t>
        invalid;              ///< by reason: "check_digit", "not_ten_digits", "not_a_date", "not_allowed", ...
    bool nhs_number = false;  ///< the field is read as an NHS number
    bool dropped = false;     ///< the policy leaves it out; its values were only counted

    /// Values were given and not one could be used: the policy does not fit the source.
    bool unusable() const noexcept { return filled == 0 && !invalid.empty(); }
};

/// Counts of a batch, a chunk or a run. Add up with merge(); not for sharing between threads.
struct Quality {
    std::uint64_t rows = 0;
    std::vector<FieldQuality> fields;  ///< one a field named by the policy, in its order
    std::map<std::string, std::uint64_t>
        rejected;  ///< records that the source could not read, by reason; not among rows
    std::map<std::string, std::uint64_t> withheld =
        {};                       ///< rows that the egress guard held back, by what it found; among rows, but not sent
    std::uint64_t opted_out = 0;  ///< records of people who opted out; not among rows

    /// Adds the other's counts; the fields must be the same or one side empty (Error internal).
    void merge(const Quality& other);
};

}  // namespace tributary
