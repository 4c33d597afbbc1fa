#include "plugins/csv/table_reader.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/process.h"
#include "tests/unit/plugins/packed.h"
#include "tests/unit/plugins/tables.h"

using namespace tributary;
using namespace tributary::csv;
using namespace tributary::csv::test;

namespace {

using Names = std::vector<std::string>;

void check_names(const Table& table, const Names& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(table.names.begin(), table.names.end(), expected.begin(), expected.end());
}

std::string refusal(const std::string& content, const Dialect& dialect = {}, const ReadLimits& limits = {}) {
    try {
        read_table(content, dialect, limits);
    } catch (const BadFile& bad) {
        return bad.what();
    }
    return {};
}

/// A line of 'x' that is never held in memory as a whole.
class EndlessLine final : public ReadableFile {
  public:
    explicit EndlessLine(std::uint64_t length) : length_(length) {}
    std::size_t read(std::span<char> into) override {
        const std::string head = "a,b\n1,2\n";
        const std::string tail = "\n3,4\n";
        std::size_t count = 0;
        while (count < into.size() && offset_ < head.size() + length_ + tail.size()) {
            into[count++] = offset_ < head.size()             ? head[offset_]
                            : offset_ < head.size() + length_ ? 'x'
                                                              : tail[offset_ - head.size() - length_];
            ++offset_;
        }
        return count;
    }
    void seek(std::uint64_t offset) override { offset_ = offset; }
    FileStamp stamp() const override { return {}; }

  private:
    std::uint64_t length_;
    std::uint64_t offset_ = 0;
};

std::string hard_content() {
    std::string content = "id,text,note\r\n";
    for (int i = 0; i < 200; ++i) {
        content += std::to_string(i) + ",\"line\r\nbreak, \"\"q\"\"\",caf\xC3\xA9\r\n";
        if (i % 17 == 0) {
            content += "ragged\r\n";
        }
        if (i % 31 == 0) {
            content += "\r\nx,\"a\"b,c\r\n";
        }
    }
    return content + "last,,";
}

/// Reads anew from every place at which a batch ended: the rest must be what a reading without a break gives.
void check_resumes(const std::string& content, const Dialect& dialect, std::size_t batch_rows) {
    ReadLimits limits;
    limits.batch_rows = batch_rows;
    const auto whole = read_table(content, dialect, limits);
    BOOST_REQUIRE_GT(whole.places.size(), 2U);
    for (std::size_t i = 0; i < whole.places.size(); ++i) {
        const auto& place = whole.places[i];
        auto reader = reader_of(content, dialect, limits, 4099);
        reader.resume(place.offset, place.next_row, place.rejected);
        Table rest;
        read_on(reader, rest);
        const std::vector<Row> expected(whole.rows.begin() + static_cast<std::ptrdiff_t>(place.rows_before),
                                        whole.rows.end());
        BOOST_REQUIRE(rest.rows == expected);
        const std::vector<std::uint64_t> numbers(whole.numbers.begin() + static_cast<std::ptrdiff_t>(place.rows_before),
                                                 whole.numbers.end());
        BOOST_REQUIRE(rest.numbers == numbers);
        BOOST_REQUIRE(rest.places.back().next_row == whole.places.back().next_row);
        BOOST_REQUIRE(rest.places.back().rejected == whole.places.back().rejected);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table_reader_tests)

BOOST_AUTO_TEST_CASE(names_come_from_the_header) {
    check_names(read_table("a,\"b c\", d \n"), {"a", "b c", "d"});
    check_names(read_table("\xEF\xBB\xBF\"a\",b\n"), {"a", "b"});
}

BOOST_AUTO_TEST_CASE(empty_and_repeated_names_get_numbers_and_a_warning) {
    const auto table = read_table("a,,a,a_2,a,\n1,2,3,4,5,6\n");
    check_names(table, {"a", "column_2", "a_3", "a_2", "a_4", "column_6"});
    BOOST_REQUIRE_EQUAL(table.warnings.size(), 4U);
    BOOST_CHECK(table.warnings[1].find("column 3 repeats") == 0);
}

BOOST_AUTO_TEST_CASE(line_breaks_in_names_become_spaces) {
    const auto table = read_table("\"Date of\r\nbirth\",\"a\tb\"\n1,2\n");
    check_names(table, {"Date of  birth", "a b"});
    BOOST_CHECK_EQUAL(table.warnings.size(), 2U);
}

BOOST_AUTO_TEST_CASE(given_names_stand_in_for_a_header_or_replace_it) {
    Dialect dialect;
    dialect.columns = {"x", "y"};
    auto table = read_table("a,b\n1,2\n", dialect);
    check_names(table, {"x", "y"});
    BOOST_CHECK_EQUAL(table.rows.size(), 1U);
    dialect.header = false;
    table = read_table("a,b\n1,2\n", dialect);
    BOOST_CHECK_EQUAL(table.rows.size(), 2U);
}

BOOST_AUTO_TEST_CASE(given_names_that_contradict_the_header_are_refused) {
    Dialect dialect;
    dialect.columns = {"a", "b"};
    BOOST_CHECK(refusal("a,b,c\n1,2,3\n", dialect).find("has 3 columns, and 'columns' names 2") != std::string::npos);
    BOOST_CHECK(refusal("b,a\n1,2\n", dialect).find("column 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_of_nothing_has_no_names_and_no_rows) {
    for (const std::string content : {"", "\n\n", "\xEF\xBB\xBF"}) {
        const auto table = read_table(content);
        BOOST_CHECK(table.names.empty());
        BOOST_CHECK(table.rows.empty());
    }
    const auto header_only = read_table("a,b");
    check_names(header_only, {"a", "b"});
    BOOST_CHECK(header_only.rows.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_refused_with_a_reason) {
    BOOST_CHECK(refusal(std::string("\x7F"
                                    "ELF\0\0",
                                    6))
                    .find("NUL bytes") != std::string::npos);
    BOOST_CHECK(refusal(std::string("a\0,\0b\0", 6)).find("utf-16") != std::string::npos);
    BOOST_CHECK(refusal("caf\xE9,b\n1,2\n").find("invalid_encoding") != std::string::npos);
    BOOST_CHECK(refusal("\x01\x02,b\n").find("control characters") != std::string::npos);
    BOOST_CHECK(refusal("a\xE2\x80\xAE,b\n").find("control characters") != std::string::npos);
    BOOST_CHECK(refusal("a,\"b\n1,2\n").find("unclosed_quote") != std::string::npos);
    ReadLimits limits;
    limits.max_record_bytes = 1024;
    BOOST_CHECK(refusal(std::string(2000, 'x'), {}, limits).find("record_too_long") != std::string::npos);
    BOOST_CHECK(refusal(std::string(300, 'x')).find("more than 256 bytes") != std::string::npos);
    BOOST_CHECK(refusal(std::string(5000, ',')).find("4096") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(batches_end_by_rows_and_by_bytes) {
    ReadLimits limits;
    limits.batch_rows = 3;
    std::string content = "a\n";
    for (int i = 0; i < 10; ++i) {
        content += std::to_string(i) + "\n";
    }
    auto table = read_table(content, {}, limits);
    BOOST_REQUIRE_EQUAL(table.places.size(), 4U);
    BOOST_CHECK_EQUAL(table.places[0].rows_before, 3U);
    limits.batch_rows = 4096;
    limits.batch_bytes = 4;
    table = read_table(content, {}, limits);
    BOOST_CHECK_EQUAL(table.places[0].rows_before, 2U);
}

BOOST_AUTO_TEST_CASE(a_batch_never_has_a_rejected_row_in_its_middle) {
    const auto table = read_table("a,b\n1,1\n2,2\nx\n4,4\ny\nz\n7,7\n");
    BOOST_CHECK((table.numbers == std::vector<std::uint64_t>{1, 2, 4, 7}));
    BOOST_CHECK(
        (table.rejected == std::vector<RejectedRow>{{3, "ragged_row", 1}, {5, "ragged_row", 1}, {6, "ragged_row", 1}}));
}

BOOST_AUTO_TEST_CASE(the_row_beyond_the_limit_ends_a_piece) {
    ReadLimits limits;
    limits.bad_rows = 2;
    auto reader = reader_of("a,b\nx\nx\nx\nx\n1,2\n", {}, limits);
    Piece piece;
    while (!reader.step(piece)) {
    }
    BOOST_CHECK_EQUAL(piece.rejected_count, 3U);
    BOOST_CHECK_EQUAL(reader.next_row(), 4U);
    BOOST_CHECK(!piece.end);
}

BOOST_AUTO_TEST_CASE(reading_on_from_any_place_gives_the_rest) {
    const auto content = hard_content();
    for (const std::size_t batch_rows : {1U, 7U, 64U}) {
        check_resumes(content, {}, batch_rows);
    }
    check_resumes("\xEF\xBB\xBF" + content, {}, 16);
    check_resumes(gzip(content), {}, 16);
}

BOOST_AUTO_TEST_CASE(reading_on_works_in_every_encoding) {
    Dialect latin;
    latin.encoding = Encoding::windows_1252;
    check_resumes(hard_content(), latin, 16);
    Dialect wide;
    wide.encoding = Encoding::utf16;
    std::string content = "\xFF\xFE";
    for (const char c : std::string("a,b\n")) {
        content += {c, '\0'};
    }
    for (int i = 0; i < 5000; ++i) {
        for (const char c : std::to_string(i)) {
            content += {c, '\0'};
        }
        content += std::string(",\0\x3D\xD8\x00\xDE\n\0", 8);
    }
    check_resumes(content, wide, 501);
}

BOOST_AUTO_TEST_CASE(a_place_beyond_the_end_is_refused) {
    auto reader = reader_of("a\n1\n");
    BOOST_CHECK_THROW(reader.resume(100, 5, 0), BadFile);
    auto other = reader_of("a\n1\n");
    BOOST_CHECK_THROW(other.resume(0, 5, 0), BadFile);
}

BOOST_AUTO_TEST_CASE(a_line_of_64_mib_costs_one_row_and_little_memory) {
    const auto before = process_usage().peak_resident_bytes;
    auto text = std::make_unique<TextInput>(open_bytes(std::make_unique<EndlessLine>(64U << 20U)), Encoding::utf8);
    TableReader reader(std::move(text), {}, {});
    while (!reader.read_header()) {
    }
    Table table;
    read_on(reader, table);
    BOOST_CHECK((lines_of(table) == std::vector<std::string>{"1|2", "3|4"}));
    BOOST_CHECK((table.rejected == std::vector<RejectedRow>{{2, "record_too_long", 1}}));
    BOOST_CHECK_LT(process_usage().peak_resident_bytes - before, 16U << 20U);
}

BOOST_AUTO_TEST_SUITE_END()
