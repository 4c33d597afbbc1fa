#pragma once

#include <memory>

#include "agent/config/diagnostic.h"
#include "agent/deidentify/policy.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"
#include "agent/record/record_batch.h"

namespace tributary {

/// A compiled policy bound to the schema that a source really has. Immutable; several threads may apply it at once.
class Deidentifier {
  public:
    /// Throws ConfigurationError, with the policy's places, if the source lacks a field that the policy names, or has
    /// one that it does not name under `unlisted: reject`.
    Deidentifier(std::shared_ptr<const CompiledPolicy> policy, std::shared_ptr<const Schema> source);

    const CompiledPolicy& policy() const noexcept { return *policy_; }
    const std::shared_ptr<const Schema>& source_schema() const noexcept { return source_; }
    const std::shared_ptr<const Schema>& output_schema() const noexcept { return output_; }

    /// Adds the batch's counts to `quality`. Error(internal) if the batch has another schema than the one bound.
    DeidentifiedBatch apply(RecordBatch batch, Quality& quality) const;

  private:
    std::shared_ptr<const CompiledPolicy> policy_;
    std::shared_ptr<const Schema> source_;
    std::shared_ptr<const Schema> output_;
    std::vector<std::size_t> inputs_;  // for each rule, the column of the source
};

}  // namespace tributary
