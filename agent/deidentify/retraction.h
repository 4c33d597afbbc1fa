#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/opt_out_list.h"
#include "agent/deidentify/policy.h"
#include "agent/keys/siv.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"

namespace tributary {

/// Takes back people who opt out after records of theirs have left: their pseudonyms, which follow from number and key,
/// travel in the stream's own order, and the repository removes what it holds of them. Which people a list had before
/// is remembered sealed under the linkage key, so that the queue's file names nobody. Immutable; may be shared between
/// threads.
class Retraction {
  public:
    /// `rules`: those that pseudonymise the opt-out field as an NHS number, and nothing else. `memory`: one for each of
    /// their keys, the newest first.
    Retraction(std::shared_ptr<const CompiledPolicy> rules, std::string field, std::vector<Siv> memory)
        : rules_(std::move(rules)), field_(std::move(field)), memory_(std::move(memory)) {}

    /// Gives a retraction's hash and pseudonym columns to ChunkBuilder::finish.
    const CompiledPolicy& rules() const noexcept { return *rules_; }

    /// One row a person: the pseudonyms, in the columns in which the stream has them. `numbers` as OptOutList has them.
    DeidentifiedBatch rows(std::span<const std::uint32_t> numbers, Quality& quality) const;

    /// The list, sealed; the same list gives the same bytes.
    std::string remember(const OptOutList& list) const;
    /// The people on the list who were not on the one that was remembered; all of them if it cannot be opened with the
    /// keys of today, or was never there (empty). In rising order.
    std::vector<std::uint32_t> newly_listed(const OptOutList& list, std::string_view remembered) const;

  private:
    std::string opened(std::string_view remembered) const;

    std::shared_ptr<const CompiledPolicy> rules_;
    std::string field_;
    std::vector<Siv> memory_;
};

/// "9434765919" of 943476591.
std::string nhs_number_of(std::uint32_t nine_digits);

}  // namespace tributary
