#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/deidentify/policies.h"
#include "tests/unit/platform/temporary_folder.h"

namespace tributary::test {

/// The seed of all generated rows: TRIBUTARY_TEST_SEED, or one that is always the same. Tests show it where they fail.
std::uint64_t test_seed();

/// Two policies that between them use every action of the table, beside the files that these need: a site of its own.
class EveryAction {
  public:
    EveryAction();

    /// All actions but clk, most of them with several of their options.
    static const std::string& clinical_text();
    /// Encodings leave in a stream of their own.
    static const std::string& linkage_text();

    std::shared_ptr<const CompiledPolicy> clinical() const { return compile(clinical_text()); }
    std::shared_ptr<const CompiledPolicy> linkage() const { return compile(linkage_text()); }
    /// Faults end the test.
    std::shared_ptr<const CompiledPolicy> compile(const std::string& text) const;

    /// The source's fields, all of text; the policies do not name the last one.
    static const std::vector<std::string>& fields();
    static std::shared_ptr<const Schema> source();

  private:
    TemporaryFolder folder_;
    LinkageKeys keys_;
};

/// A row's values, in the order of EveryAction::fields().
using Row = std::vector<std::optional<std::string>>;

/// Rows as sources have them: most values right, some wrong, empty, hostile.
std::vector<Row> generated_rows(std::size_t count, std::uint64_t seed);

/// A row of which every value is right.
Row right_row();

RecordBatch batch_of(const std::shared_ptr<const Schema>& source, const std::vector<Row>& rows,
                     std::uint64_t first_row = 1);

/// What became of each row: a line a row, of each output's value and whether the row is held.
std::vector<std::string> results_of(const DeidentifiedBatch& batch);

/// All counts as a text.
std::string counts_of(const Quality& quality);

/// A ten-digit text whose check digit is right, of the `index`-th person.
std::string nhs_number_of(std::uint64_t index);

}  // namespace tributary::test
