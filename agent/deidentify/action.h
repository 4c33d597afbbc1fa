#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/record/column.h"

namespace tributary {

/// What an action found one value to be: filled, empty (null, nothing, or blank where blanks mean nothing), or invalid
/// for the reason `Action::reasons()[value - outcome::first_reason]`.
using Outcome = std::uint8_t;
namespace outcome {
inline constexpr Outcome filled = 0;
inline constexpr Outcome empty = 1;
inline constexpr Outcome first_reason = 2;
}  // namespace outcome

/// What an action reads; all columns have one length.
struct ActionInput {
    const Column& column;            ///< of the field that the rule stands at
    std::span<const Column> others;  ///< of Action::other_fields(), in that order
    std::int64_t run_day = 0;        ///< the run's date at the site, days since 1970-01-01
};

/// What a policy does to one field: a loop over a column. Immutable after it was compiled; several threads may apply it
/// at once.
class Action {
  public:
    virtual ~Action() = default;

    /// "keep", "pseudonym", ...: as policies name it.
    virtual std::string_view name() const noexcept = 0;

    /// Why a value can be invalid: fixed short words, in the order of the outcomes.
    virtual std::span<const std::string_view> reasons() const noexcept = 0;

    /// Whether the field is read as an NHS number.
    virtual bool reads_nhs_number() const noexcept { return false; }

    /// Further fields of the source that it needs.
    virtual std::span<const std::string> other_fields() const noexcept { return {}; }

    /// Whether what leaves may hold words of the source as they were. False where the policy itself limits what can
    /// leave: to a list, a code, a number, a date.
    virtual bool passes_text() const noexcept { return false; }

    /// Whether what leaves is made of a key or a hash: it looks like anything, and means nothing to the egress guard.
    virtual bool makes_codes() const noexcept { return false; }

    /// What becomes of the field, in the words of the data-flow statement: "kept as it is".
    virtual std::string describe() const = 0;

    /// The type of each output for an input of this type (one entry an output).
    virtual std::vector<ColumnType> output_types(ColumnType input) const = 0;

    /// One column for each output, of the input's length; an invalid value is null in each. Writes an outcome for each
    /// row.
    virtual std::vector<Column> apply(const ActionInput& input, std::span<Outcome> outcomes) const = 0;
};

}  // namespace tributary
