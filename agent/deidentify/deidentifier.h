#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/config/diagnostic.h"
#include "agent/deidentify/known_values.h"
#include "agent/deidentify/policy.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"
#include "agent/record/record_batch.h"

namespace tributary {

/// The encodings of a batch's rows (LinkageSettings): one row for each, with its key.
struct LinkageRows {
    std::optional<DeidentifiedBatch> batch;
    Quality quality;
};

/// A compiled policy bound to the schema that a source really has. Immutable; several threads may apply it at once.
class Deidentifier {
  public:
    /// Throws ConfigurationError, with the policy's places, if the source lacks a field that the policy names, or has
    /// one that it does not name under `unlisted: reject`.
    /// A policy with opt-outs needs the list (Error(internal) otherwise). `run_day`: the run's date at the site, days
    /// since 1970-01-01.
    Deidentifier(std::shared_ptr<const CompiledPolicy> policy, std::shared_ptr<const Schema> source,
                 std::int64_t run_day, std::shared_ptr<const OptOutList> opt_outs = nullptr);

    std::int64_t run_day() const noexcept { return run_day_; }
    const std::shared_ptr<const OptOutList>& opt_outs() const noexcept { return opt_outs_; }
    const CompiledPolicy& policy() const noexcept { return *policy_; }
    const std::shared_ptr<const Schema>& source_schema() const noexcept { return source_; }
    const std::shared_ptr<const Schema>& output_schema() const noexcept { return output_; }

    /// Adds the batch's counts to `quality`: for each field that the policy names, dropped ones too. A value that any
    /// of a field's rules finds invalid counts as invalid, for the first such rule's reason. Error(internal) if the
    /// batch has another schema than the one bound.
    /// With `linkage` under the policy each row gets a key of its own; the encodings go to `linkage`, if it is given.
    DeidentifiedBatch apply(RecordBatch batch, Quality& quality, LinkageRows* linkage = nullptr) const;

  private:
    /// The rules of one field and the column of the source that they read.
    struct BoundField {
        std::size_t input = 0;
        std::size_t first_rule = 0;
        std::size_t rule_count = 0;
        std::vector<std::vector<std::size_t>> others;  // of each rule: the columns of Action::other_fields()
        FieldQuality no_counts;
    };

    void bind(Diagnostics& diagnostics);
    void bind_guard();
    void bind_opt_outs(std::vector<bool>& named, Diagnostics& diagnostics);
    /// The rows whose people have not opted out; all of them if the answer is empty and `left_out` is 0.
    std::vector<std::uint32_t> kept_rows(const RecordBatch& batch, std::uint64_t& left_out) const;
    void bind_quasi_identifiers();
    void bind_linkage(std::vector<bool>& named, Diagnostics& diagnostics);
    void add_linkage(const RecordBatch& batch, std::vector<Column>& outputs, LinkageRows* linkage) const;
    /// Nulls the quasi-identifiers of rows in small classes (`below_k: suppress`).
    void suppress_small_classes(std::vector<Column>& outputs, Quality& counts) const;
    std::vector<std::size_t> bind_others(const CompiledRule& rule, std::vector<bool>& named,
                                         Diagnostics& diagnostics) const;
    void apply_rules(const BoundField& field, const RecordBatch& batch, std::vector<Column>& outputs,
                     FieldQuality& quality) const;

    std::shared_ptr<const CompiledPolicy> policy_;
    std::shared_ptr<const Schema> source_;
    std::shared_ptr<const Schema> output_;
    std::int64_t run_day_;
    std::shared_ptr<const OptOutList> opt_outs_;
    std::size_t opt_out_column_ = 0;
    std::vector<BoundField> fields_;
    struct QuasiIdentifier {
        std::size_t output = 0;
        std::size_t field = 0;  // in fields_
    };
    std::vector<QuasiIdentifier> suppressed_;      // in the order of the outputs; none if nothing is to be suppressed
    std::shared_ptr<const Deidentifier> linkage_;  // with the columns of the encodings alone
    KnownValues known_values_;
    std::shared_ptr<const std::vector<bool>> unguarded_;
};

}  // namespace tributary
