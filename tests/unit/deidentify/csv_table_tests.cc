#include "agent/deidentify/csv_table.h"

#include <boost/test/unit_test.hpp>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;

namespace {

struct Fixture {
    TemporaryFolder folder;

    /// The records as "line: value|value", a line each; control characters as they are.
    std::string read(const std::string& text) {
        folder.write("table.csv", text);
        std::string records;
        const auto digest = read_csv_table(system_files(), folder.path() / "table.csv",
                                           [&records](const auto& values, std::uint64_t line) {
                                               records += std::to_string(line) + ": ";
                                               for (std::size_t i = 0; i < values.size(); ++i) {
                                                   records += (i == 0 ? "" : "|") + values[i];
                                               }
                                               records += "\n";
                                           });
        BOOST_TEST(digest == to_hex(sha256(text)));
        return records;
    }
    void check_fault(const std::string& text, const std::string& expected) {
        BOOST_CHECK_EXCEPTION(read(text), Error, [&](const Error& error) {
            const std::string what = error.what();
            BOOST_TEST(what.find("secret") == std::string::npos);
            return error.code() == ErrorCode::input && what.ends_with("table.csv, " + expected);
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(csv_table_tests, Fixture)

BOOST_AUTO_TEST_CASE(records_and_the_lines_that_they_begin_on) {
    BOOST_TEST(read("a,b\n1,2\r\n\n3,\n,4") == "1: a|b\n2: 1|2\n4: 3|\n5: |4\n");
    BOOST_TEST(read("") == "");
    BOOST_TEST(read("\n\r\n") == "");
    BOOST_TEST(read("\xEF\xBB\xBF"
                    "a\n") == "1: a\n");
}

BOOST_AUTO_TEST_CASE(quotes_hold_commas_line_ends_and_quotes) {
    BOOST_TEST(read("\"a,b\",\"c\r\nd\"\ne\n") == "1: a,b|c\r\nd\n3: e\n");
    BOOST_TEST(read("\"say \"\"hi\"\"\",\"\"\"\",\"\"\n") == "1: say \"hi\"|\"|\n");
    BOOST_TEST(read("a \"b\" c\n") == "1: a \"b\" c\n");
    BOOST_TEST(read("\"\"") == "1: \n");
}

BOOST_AUTO_TEST_CASE(half_a_byte_order_mark_belongs_to_the_first_value) {
    for (const std::string mark : {"\xEF", "\xEF\xBB", "\xEF\xBB\xBE"}) {
        BOOST_TEST(read(mark + "a,b\n") == "1: " + mark + "a|b\n");
        BOOST_TEST(read(mark) == "1: " + mark + "\n");
    }
}

BOOST_AUTO_TEST_CASE(a_fault_names_its_line_and_no_value) {
    check_fault("a\n\"secret\n\n", "line 2: a quote is not closed");
    check_fault("a\nb\n\"secret\"x\n", "line 3: text stands behind a closing quote");
}

BOOST_AUTO_TEST_CASE(a_record_has_an_end) {
    const std::string most(1U << 20U, 'x');
    BOOST_TEST(read(most + "\n" + most + "\n").size() == 2 * most.size() + 8);
    check_fault("a\n" + most + "x\n", "line 2: a record is longer than 1 MiB");
    check_fault("\"" + most + "\n\n", "line 1: a record is longer than 1 MiB");
    BOOST_TEST(read(std::string(4095, ',') + "\n") == "1: " + std::string(4095, '|') + "\n");
    check_fault(std::string(4096, ',') + "\n", "line 1: a record has more than 4,096 values");
}

BOOST_AUTO_TEST_SUITE_END()
