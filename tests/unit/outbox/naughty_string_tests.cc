// Strings that break programs (github.com/minimaxir/big-list-of-naughty-strings, MIT; in the folder of corpora) through
// every action of the table, the encoders and the guard.
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "agent/deidentify/egress_guard.h"
#include "agent/outbox/encoder.h"
#include "agent/platform/utf8.h"
#include "tests/unit/deidentify/every_action.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// Every line of the list, its comments too, and some that a list of lines cannot hold.
std::vector<std::string> naughty_strings() {
    std::vector<std::string> strings = {
        std::string(1, '\0'),     std::string("a\0b", 3), "\xFF\xFE", "\xC3", "\xED\xA0\x80", "a\r\nb", "\n",
        std::string(10'000, 'x'), "\xF4\x90\x80\x80",     "\xC0\x80"};
    const char* const corpora = std::getenv("TRIBUTARY_CORPORA");
    std::ifstream file(std::string(corpora == nullptr ? "" : corpora) + "/naughty_strings/blns.txt", std::ios::binary);
    for (std::string line; corpora != nullptr && std::getline(file, line);) {
        strings.push_back(line);
    }
    if (strings.size() < 100) {
        BOOST_TEST_MESSAGE("without its list: TRIBUTARY_CORPORA names no folder with naughty_strings/blns.txt");
    }
    return strings;
}

/// Rows that are right but for one field, in which each string stands once; for the last of the answers in all fields.
std::vector<Row> rows_with(const std::string& text) {
    std::vector<Row> rows;
    for (std::size_t field = 0; field < EveryAction::fields().size(); ++field) {
        rows.push_back(right_row());
        rows.back()[field] = text;
    }
    rows.emplace_back(EveryAction::fields().size(), text);
    return rows;
}

struct Encoded {
    std::string bytes;
    std::vector<std::size_t> row_ends;
};

Encoded encoded(RecordFormat format, const DeidentifiedBatch& batch) {
    Encoded all;
    Encoder::create(format)->encode(batch, [&all](const EncodedPiece& piece) {
        for (const std::size_t end : piece.row_ends) {
            all.row_ends.push_back(all.bytes.size() + end);
        }
        all.bytes += piece.bytes;
    });
    return all;
}

void check_encoded(RecordFormat format, const DeidentifiedBatch& batch) {
    const Encoded one = encoded(format, batch);
    BOOST_REQUIRE_EQUAL(one.row_ends.size(), batch.rows());
    BOOST_REQUIRE_EQUAL(one.row_ends.back(), one.bytes.size());
    BOOST_REQUIRE_EQUAL(find_invalid_utf8(one.bytes), std::string_view::npos);
    BOOST_REQUIRE(encoded(format, batch).bytes == one.bytes);
    EgressGuard guard;
    std::vector<HeldRow> held;
    std::vector<HeldRow> again;
    guard.check(one.bytes, one.row_ends, batch, 0, held);
    guard.check(one.bytes, one.row_ends, batch, 0, again);
    BOOST_REQUIRE_EQUAL(held.size(), again.size());
    for (const HeldRow& row : held) {
        BOOST_REQUIRE(row.row < batch.rows());
    }
    if (format == RecordFormat::ndjson) {
        std::size_t begin = 0;
        for (const std::size_t end : one.row_ends) {
            Poco::JSON::Parser parser;
            const auto object = parser.parse(one.bytes.substr(begin, end - begin)).extract<Poco::JSON::Object::Ptr>();
            BOOST_REQUIRE_EQUAL(object->size(), batch.schema().fields.size());
            begin = end;
        }
    }
}

void check_policy(const std::shared_ptr<const CompiledPolicy>& policy) {
    const Deidentifier deidentifier(policy, EveryAction::source(), run_day);
    const auto strings = naughty_strings();
    std::vector<std::string> alone;
    std::vector<Row> all;
    Quality added;
    for (std::size_t i = 0; i < strings.size(); ++i) {
        BOOST_TEST_INFO_SCOPE("string " << i + 1 << " in stream " << policy->stream());
        const auto rows = rows_with(strings[i]);
        Quality quality;
        const auto batch = deidentifier.apply(batch_of(EveryAction::source(), rows), quality);
        BOOST_REQUIRE_EQUAL(batch.rows(), rows.size());
        for (const FieldQuality& field : quality.fields) {
            BOOST_REQUIRE_EQUAL(rows_of(field), rows.size());
        }
        for (const auto format : {RecordFormat::ndjson, RecordFormat::csv}) {
            check_encoded(format, batch);
        }
        const auto results = results_of(batch);
        alone.insert(alone.end(), results.begin(), results.end());
        all.insert(all.end(), rows.begin(), rows.end());
        added.merge(quality);
    }
    Quality quality;
    const auto together = results_of(deidentifier.apply(batch_of(EveryAction::source(), all), quality));
    BOOST_TEST((together == alone));
    BOOST_TEST(counts_of(quality) == counts_of(added));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(naughty_string_tests)

BOOST_AUTO_TEST_CASE(a_naughty_string_in_any_field_is_counted_and_leaves_as_valid_text_or_not_at_all) {
    const EveryAction every;
    check_policy(every.clinical());
}

BOOST_AUTO_TEST_CASE(a_naughty_string_in_any_feature_has_an_encoding_or_is_counted) {
    const EveryAction every;
    check_policy(every.linkage());
}

BOOST_AUTO_TEST_SUITE_END()
