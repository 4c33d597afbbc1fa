#include "agent/deidentify/egress_guard.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/deidentify/every_action.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// Rows of two kept columns, of which the policy may exempt the second.
DeidentifiedBatch two_columns(const Texts& notes, const Texts& orders, const std::string& guard) {
    const auto source =
        std::make_shared<const Schema>(Schema{{{"note", ColumnType::utf8}, {"order", ColumnType::utf8}}});
    const Deidentifier deidentifier(compiled("policy: 1\nstream: s\nfields: {note: keep, order: keep}\n" + guard),
                                    source, run_day);
    Quality quality;
    return deidentifier.apply(RecordBatch(source, {text_column(notes), text_column(orders)}, 1, ""), quality);
}

struct Lines {
    std::string bytes;
    std::vector<std::size_t> ends;
};

/// The rows from `first` on as lines.
Lines lines_of(const DeidentifiedBatch& batch, std::size_t first) {
    Lines lines;
    for (std::size_t row = first; row < batch.rows(); ++row) {
        lines.bytes.append(batch.column(0).text(row)).append("|").append(batch.column(1).text(row)).append("\n");
        lines.ends.push_back(lines.bytes.size());
    }
    return lines;
}

/// The held rows as "row column reason", a line each.
std::string held(const DeidentifiedBatch& batch, const Lines& lines, std::size_t first) {
    EgressGuard guard;
    std::vector<HeldRow> rows;
    guard.check(lines.bytes, lines.ends, batch, first, rows);
    std::string text;
    for (const HeldRow& row : rows) {
        text += std::to_string(row.row) + " " + std::to_string(row.column) + " " + std::string(row.reason) + "\n";
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(egress_guard_tests)

BOOST_AUTO_TEST_CASE(the_guard_passes_over_codes_and_what_the_policy_exempts_and_looks_at_all_else) {
    const EveryAction every;
    const std::set<std::string> codes = {
        "person", "person_region_2025", "sealed_number", "digest", "local_id", "uprn", "forename_code", "clk"};
    for (const auto& [text, exempt] :
         {std::pair<std::string, std::string>{EveryAction::clinical_text() + "guard: {allow: [ward]}\n", "ward"},
          {EveryAction::linkage_text(), ""}}) {
        const Deidentifier deidentifier(every.compile(text), EveryAction::source(), run_day);
        Quality quality;
        const auto batch = deidentifier.apply(batch_of(EveryAction::source(), {right_row()}), quality);
        for (std::size_t i = 0; i < batch.schema().fields.size(); ++i) {
            const std::string& name = batch.schema().fields[i].name;
            BOOST_TEST(batch.is_guarded(i) == (!codes.contains(name) && name != exempt), name);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_row_is_looked_at_the_first_and_the_last_of_a_piece_too) {
    const std::string bad = "of LS1 4AP";
    for (std::size_t faulty = 0; faulty < 7; ++faulty) {
        Texts notes(7, "well");
        notes[faulty] = bad;
        const auto batch = two_columns(notes, Texts(7, "1"), "");
        for (std::size_t first = 0; first <= faulty; ++first) {
            BOOST_TEST(held(batch, lines_of(batch, first), first) == std::to_string(faulty) + " 0 postcode\n");
        }
        BOOST_TEST(held(batch, lines_of(batch, faulty + 1), faulty + 1) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_row_is_held_once_for_the_first_column_that_explains_it) {
    const auto batch = two_columns({"LS1 4AP, 9434765919", "well"}, {"a@b.uk", "943 476 5919"}, "");
    BOOST_TEST(held(batch, lines_of(batch, 0), 0).starts_with("0 0 "));
    BOOST_TEST(held(batch, lines_of(batch, 0), 0).ends_with("\n1 1 nhs_number\n"));
}

BOOST_AUTO_TEST_CASE(what_an_exempted_column_explains_may_leave_and_what_none_explains_may_not) {
    const auto batch =
        two_columns({"well", "of LS1 4AP", "well"}, {"9434765919", "9434765919", "1"}, "guard: {allow: [order]}\n");
    Lines lines = lines_of(batch, 0);
    BOOST_TEST(held(batch, lines, 0) == "1 0 postcode\n");
    // Bytes that are in no column: the encoder's own, or a fault of it.
    lines.bytes += "9434765919\n";
    lines.ends.back() = lines.bytes.size();
    BOOST_TEST(held(batch, lines, 0) == "1 0 postcode\n2 2 nhs_number\n");
}

BOOST_AUTO_TEST_SUITE_END()
