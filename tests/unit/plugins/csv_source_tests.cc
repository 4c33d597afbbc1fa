#include "plugins/csv/csv_source.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "agent/platform/error.h"
#include "tests/unit/plugins/drop_folder_fixture.h"
#include "tests/unit/plugins/packed.h"

using namespace tributary;
using namespace tributary::csv;
using namespace tributary::csv::test;

namespace {

using Rows = std::vector<std::string>;

void check_rows(const Rows& rows, const Rows& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(rows.begin(), rows.end(), expected.begin(), expected.end());
}

Rows joined(Rows first, const Rows& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// Files of which some calls fail.
class FailingFiles final : public FileSystem {
  public:
    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) override {
        if (deny_open) {
            throw Error(ErrorCode::permission, "cannot open: permission denied");
        }
        return system_files().open_for_reading(path);
    }
    std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) override {
        return system_files().create(path, privacy);
    }
    std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) override {
        return system_files().open_at(path, offset);
    }
    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        if (deny_rename) {
            throw Error(ErrorCode::permission, "cannot rename: permission denied");
        }
        system_files().rename(from, to);
    }
    void remove(const std::filesystem::path& path) override { system_files().remove(path); }
    bool exists(const std::filesystem::path& path) override { return system_files().exists(path); }
    FileStamp stamp(const std::filesystem::path& path) override { return system_files().stamp(path); }
    std::vector<std::string> list(const std::filesystem::path& folder) override {
        if (deny_list) {
            throw Error(ErrorCode::storage, "cannot list: the network share is gone");
        }
        return system_files().list(folder);
    }
    void create_folders(const std::filesystem::path& folder) override { system_files().create_folders(folder); }
    void sync_folder(const std::filesystem::path& folder) override { system_files().sync_folder(folder); }

    bool deny_open = false;
    bool deny_rename = false;
    bool deny_list = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(csv_source_tests, DropFolderFixture)

BOOST_AUTO_TEST_CASE(files_are_taken_in_the_order_of_their_names_and_moved) {
    drop("ward.csv", "id,text\n9,w\n");
    drop("adm2.csv", numbered(6, 7));
    drop("adm1.csv", numbered(1, 5));
    drop("other.csv", numbered(1, 5));
    open();
    run();
    check_rows(rows,
               joined(joined(numbered_rows("adm1.csv", 1, 5), numbered_rows("adm2.csv", 6, 7)), {"ward.csv:9|w"}));
    BOOST_CHECK_EQUAL(schemas, 3);
    BOOST_CHECK_EQUAL(taken("adm1.csv"), numbered(1, 5));
    BOOST_CHECK(!is_there("adm1.csv") && !is_there("adm2.csv") && !is_there("ward.csv") && is_there("other.csv"));
}

BOOST_AUTO_TEST_CASE(a_file_is_taken_when_it_has_been_still_for_the_settle_time) {
    open();
    source->start("");
    drop("adm.csv", numbered(1, 2));
    BOOST_CHECK(read() == sdk::Outcome::nothing);
    clock.pass(std::chrono::milliseconds(4000));
    drop("adm.csv", numbered(1, 3));
    clock.pass(std::chrono::milliseconds(4000));
    BOOST_CHECK(read() == sdk::Outcome::nothing);  // it grew in between
    clock.pass(std::chrono::milliseconds(4000));
    BOOST_CHECK(read() == sdk::Outcome::nothing);
    clock.pass(std::chrono::milliseconds(1100));
    BOOST_CHECK(read() == sdk::Outcome::group);
    BOOST_CHECK_EQUAL(pending.size(), 1U);
    BOOST_CHECK_EQUAL(pending[0].rows.size(), 3U);
    BOOST_CHECK(read() == sdk::Outcome::end);
}

BOOST_AUTO_TEST_CASE(settle_time_goes_on_between_runs_and_settle_0_takes_at_once) {
    options.settle = std::chrono::milliseconds(0);
    drop("adm.csv", numbered(1, 2));
    open();
    const auto before = clock.steady();
    run();
    BOOST_CHECK_EQUAL(rows.size(), 2U);
    BOOST_CHECK(clock.steady() == before);
}

BOOST_AUTO_TEST_CASE(a_done_file_stands_in_for_the_settle_time) {
    options.done_file = ".done";
    drop("adm.csv", numbered(1, 2));
    open();
    run();
    BOOST_CHECK(rows.empty());
    drop("adm.csv.done", "");
    run();
    BOOST_CHECK_EQUAL(rows.size(), 2U);
    BOOST_CHECK(!is_there("adm.csv") && !is_there("adm.csv.done"));
}

BOOST_AUTO_TEST_CASE(files_in_the_making_folders_and_links_are_passed_over) {
    drop("adm.csv.filepart", numbered(1, 2));
    drop(".adm.csv", numbered(1, 2));
    std::filesystem::create_directory(options.folder / "adm.folder");
    open();
    run();
    BOOST_CHECK(rows.empty());
    BOOST_CHECK(host.logged("'adm.folder' is not a plain file"));
    run();
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_WARNING), 1U);  // said once
}

BOOST_AUTO_TEST_CASE(a_file_that_fits_two_streams_is_reported_and_not_taken) {
    options.streams[1].files = "*.csv";
    drop("adm.csv", numbered(1, 2));
    open();
    run();
    run();
    BOOST_CHECK(rows.empty());
    BOOST_CHECK(host.logged("'adm.csv' fits the patterns of streams 'admissions' and 'wards'"));
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_ERROR), 1U);
}

BOOST_AUTO_TEST_CASE(the_same_content_is_never_taken_twice) {
    drop("adm1.csv", numbered(1, 5));
    drop("adm2.csv", numbered(1, 5));  // within one run
    open();
    run();
    drop("adm3.csv", numbered(1, 5));  // in a later run
    run();
    checkpoint.clear();
    open();
    drop("adm4.csv", numbered(1, 5));  // after a restart
    run();
    check_rows(rows, numbered_rows("adm1.csv", 1, 5));
    for (const char* name : {"adm1.csv", "adm2.csv", "adm3.csv", "adm4.csv"}) {
        BOOST_CHECK_EQUAL(taken(name), numbered(1, 5));
    }
}

BOOST_AUTO_TEST_CASE(the_same_content_is_taken_once_for_each_stream) {
    drop("adm1.csv", numbered(1, 2));
    drop("ward1.csv", numbered(1, 2));
    open();
    run();
    auto expected = numbered_rows("adm1.csv", 1, 2);
    const auto wards = numbered_rows("ward1.csv", 1, 2);
    expected.insert(expected.end(), wards.begin(), wards.end());
    check_rows(rows, expected);
}

BOOST_AUTO_TEST_CASE(ten_digits_in_the_name_of_a_file_are_not_shown) {
    drop("adm 9434765919 20261122.csv", numbered(1, 2));
    open();
    run();
    BOOST_CHECK(host.logged("adm ########## 20261122.csv"));
    BOOST_CHECK(!host.logged("9434765919"));
}

BOOST_AUTO_TEST_CASE(a_file_no_row_of_which_can_be_read_is_held) {
    drop("adm1.csv", "a,b\n1;2\n3;4\n");
    drop("adm2.csv", "a;b\n1;2\n");
    open();
    run();
    BOOST_CHECK(rows.empty());
    BOOST_CHECK(is_there("adm1.csv"));
    BOOST_CHECK(is_there("adm2.csv"));
    BOOST_CHECK(host.logged("none of its 2 rows can be read"));
    BOOST_CHECK(host.logged("set delimiter: \";\""));
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_ERROR), 2U);
}

BOOST_AUTO_TEST_CASE(a_second_copy_is_not_touched_before_the_first_is_committed) {
    options.afterwards = Afterwards::erase;
    drop("adm1.csv", numbered(1, 2));
    drop("adm2.csv", numbered(1, 2));
    open();
    start();
    while (read() != sdk::Outcome::end) {
    }
    BOOST_CHECK(is_there("adm1.csv") && is_there("adm2.csv"));
    open();  // nothing was committed
    run();
    check_rows(rows, numbered_rows("adm1.csv", 1, 2));
    BOOST_CHECK(!is_there("adm1.csv") && !is_there("adm2.csv"));
}

BOOST_AUTO_TEST_CASE(leave_leaves_the_file_and_reads_it_once) {
    options.afterwards = Afterwards::leave;
    drop("adm.csv", numbered(1, 5));
    open();
    run();
    run();
    open();
    run();
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 5));
    BOOST_CHECK(is_there("adm.csv"));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_already_gets_a_number) {
    open();
    drop("adm.csv", numbered(1, 2));
    run();
    drop("adm.csv", numbered(3, 4));
    run();
    drop("adm.csv", numbered(5, 6));
    run();
    BOOST_CHECK_EQUAL(taken("adm.csv"), numbered(1, 2));
    BOOST_CHECK_EQUAL(taken("adm.csv.2"), numbered(3, 4));
    BOOST_CHECK_EQUAL(taken("adm.csv.3"), numbered(5, 6));
}

BOOST_AUTO_TEST_CASE(a_file_stays_until_its_last_group_is_committed) {
    drop("adm.csv", numbered(1, 10));
    open();
    start();
    while (read() != sdk::Outcome::end) {
    }
    BOOST_REQUIRE_EQUAL(pending.size(), 3U);
    commit(2);
    BOOST_CHECK(is_there("adm.csv"));
    commit(1);
    BOOST_CHECK(!is_there("adm.csv"));
}

BOOST_AUTO_TEST_CASE(a_file_that_got_another_content_after_it_was_read_is_not_moved) {
    drop("adm.csv", numbered(1, 2));
    open();
    start();
    while (read() != sdk::Outcome::end) {
    }
    drop("adm.csv", numbered(3, 6));
    commit(1);
    BOOST_CHECK(is_there("adm.csv"));
    run();
    check_rows(rows, joined(numbered_rows("adm.csv", 1, 2), numbered_rows("adm.csv", 3, 6)));
}

BOOST_AUTO_TEST_CASE(a_crash_between_commit_and_move_only_leaves_the_move_to_do) {
    drop("adm.csv", numbered(1, 3));
    open();
    start();
    while (read() != sdk::Outcome::end) {
    }
    make_durable();
    open();
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 3));
    BOOST_CHECK_EQUAL(taken("adm.csv"), numbered(1, 3));
}

BOOST_AUTO_TEST_CASE(a_move_that_fails_is_a_warning_and_is_tried_again) {
    FailingFiles failing;
    files = &failing;
    failing.deny_rename = true;
    drop("adm.csv", numbered(1, 3));
    open();
    run();
    BOOST_CHECK(host.logged("could not be moved"));
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 3));
    failing.deny_rename = false;
    run();
    BOOST_CHECK(!is_there("adm.csv"));
    check_rows(rows, numbered_rows("adm.csv", 1, 3));
}

BOOST_AUTO_TEST_CASE(reading_goes_on_after_a_crash_at_every_group) {
    drop("adm1.csv", numbered(1, 9));
    drop("adm2.csv.gz", gzip(numbered(10, 21)));
    for (std::size_t crash = 1; crash <= 6; ++crash) {
        checkpoint.clear();
        rows.clear();
        host.marks.clear();
        drop("adm1.csv", numbered(1, 9));
        drop("adm2.csv.gz", gzip(numbered(10, 21)));
        open();
        start();
        for (std::size_t groups = 0; groups < crash; groups += read() == sdk::Outcome::group ? 1U : 0U) {
        }
        for (std::size_t durable = 0; durable + 1 < crash; ++durable) {
            make_durable();
        }
        open();
        run();
        check_rows(rows, joined(numbered_rows("adm1.csv", 1, 9), numbered_rows("adm2.csv.gz", 10, 21)));
        BOOST_CHECK(!is_there("adm1.csv") && !is_there("adm2.csv.gz"));
    }
}

BOOST_AUTO_TEST_CASE(many_random_crashes_lose_and_double_nothing) {
    std::mt19937 random(7);
    options.settle = std::chrono::milliseconds(0);
    Rows expected;
    for (int i = 0; i < 8; ++i) {
        const auto name = "adm" + std::to_string(i) + ".csv";
        drop(name, numbered(i * 100, i * 100 + 40));
        expected = joined(std::move(expected), numbered_rows(name, i * 100, i * 100 + 40));
    }
    open();
    start();
    for (int step = 0; rows.size() < expected.size() && step < 10'000; ++step) {
        switch (random() % 8) {
            case 0:
                open();
                start();
                break;
            case 1:
                start();
                break;
            case 2:
                if (!pending.empty()) {
                    make_durable();
                }
                break;
            case 3:
                if (!pending.empty()) {
                    commit(1 + random() % pending.size());
                }
                break;
            default:
                read();
        }
    }
    check_rows(rows, expected);
}

BOOST_AUTO_TEST_CASE(rows_keep_their_numbers_after_a_restart) {
    drop("adm.csv", numbered(1, 9));
    open();
    start();
    while (pending.size() < 2) {
        read();
    }
    make_durable();
    open();
    start();
    while (pending.empty()) {
        read();
    }
    BOOST_CHECK_EQUAL(last_first_row, 5U);
    BOOST_CHECK_EQUAL(schemas, 2);  // the first batch after start carries it again
}

BOOST_AUTO_TEST_CASE(a_file_half_taken_that_is_gone_holds_up_nobody_and_may_come_back) {
    drop("adm.csv", numbered(1, 9));
    open();
    start();
    while (pending.empty()) {
        read();
    }
    make_durable();
    std::filesystem::remove(options.folder / "adm.csv");
    drop("ward.csv", "id,text\n1,w\n");
    open();
    run();
    check_rows(rows, joined(numbered_rows("adm.csv", 1, 4), {"ward.csv:1|w"}));
    BOOST_CHECK(host.logged("4 rows of it are queued"));
    drop("adm_again.csv", numbered(1, 9));  // under whatever name
    open();
    run();
    check_rows(rows,
               joined(joined(numbered_rows("adm.csv", 1, 4), {"ward.csv:1|w"}), numbered_rows("adm_again.csv", 5, 9)));
}

BOOST_AUTO_TEST_CASE(a_file_half_taken_that_has_another_content_is_held_until_it_is_removed) {
    drop("adm.csv", numbered(1, 9));
    open();
    start();
    while (pending.empty()) {
        read();
    }
    make_durable();
    drop("adm.csv", numbered(100, 120));
    open();
    run();
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 4));
    BOOST_CHECK(host.logged("'adm.csv' is on hold: 4 rows were queued of another content"));
    std::filesystem::remove(options.folder / "adm.csv");
    run();
    drop("adm.csv", numbered(200, 201));
    run();
    check_rows(rows, joined(numbered_rows("adm.csv", 1, 4), numbered_rows("adm.csv", 200, 201)));
    drop("adm.csv", numbered(1, 9));  // the first content after all
    run();
    check_rows(rows, joined(joined(numbered_rows("adm.csv", 1, 4), numbered_rows("adm.csv", 200, 201)),
                            numbered_rows("adm.csv", 5, 9)));
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_while_it_is_read_is_held_and_its_rest_taken_when_it_is_restored) {
    drop("adm.csv", numbered(1, 9));
    drop("ward.csv", "id,text\n1,w\n");
    open();
    start();
    while (pending.empty()) {
        read();
    }
    drop("adm.csv", numbered(1, 12));
    while (read() != sdk::Outcome::end) {
    }
    commit(pending.size());
    check_rows(rows, joined(numbered_rows("adm.csv", 1, 4), {"ward.csv:1|w"}));
    BOOST_CHECK(host.logged("'adm.csv' changed while it was read; 4 rows of it are queued"));
    BOOST_CHECK(is_there("adm.csv"));
    drop("adm.csv", numbered(1, 9));
    run();
    check_rows(rows, joined(joined(numbered_rows("adm.csv", 1, 4), {"ward.csv:1|w"}), numbered_rows("adm.csv", 5, 9)));
}

BOOST_AUTO_TEST_CASE(a_file_that_vanishes_while_it_is_read_is_reported) {
    drop("adm.csv", numbered(1, 9));
    open();
    start();
    while (pending.empty()) {
        read();
    }
#ifndef _WIN32  // there a file that is open cannot be removed
    std::filesystem::remove(options.folder / "adm.csv");
    while (read() != sdk::Outcome::end) {
    }
    BOOST_CHECK(host.logged("'adm.csv' went away while it was read; 4 rows of it are queued"));
    commit(pending.size());
    drop("adm.csv", numbered(1, 9));
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 9));
#endif
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_before_anything_was_handed_out_settles_anew) {
    drop("adm.csv", numbered(1, 9));
    open();
    start();
    BOOST_CHECK(read() == sdk::Outcome::nothing);  // it is seen, and settles
    clock.pass(std::chrono::seconds(6));
    drop("adm.csv", numbered(1, 12));  // between the look and the opening
    while (read() != sdk::Outcome::end) {
    }
    commit(pending.size());
    check_rows(rows, numbered_rows("adm.csv", 1, 12));
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_ERROR), 0U);
}

BOOST_AUTO_TEST_CASE(too_many_bad_rows_hold_the_file_and_a_higher_limit_lets_it_go) {
    options.limits.bad_rows = 1;
    drop("adm.csv", "id,text\n1,x\nbad\n2,x\nbad\n3,x\n4,x\n");
    drop("ward.csv", "id,text\n1,w\n");
    open();
    run();
    run();
    check_rows(rows, joined(numbered_rows("adm.csv", 1, 2), {"ward.csv:1|w"}));
    BOOST_CHECK_EQUAL(rejected, 2U);
    BOOST_CHECK(host.logged("'adm.csv' row 2: left out, ragged_row (1 values for 2 columns)"));
    BOOST_CHECK(host.logged("'adm.csv' is on hold: 2 of its first 4 rows"));
    open();
    run();
    BOOST_CHECK_EQUAL(rows.size(), 3U);
    options.limits.bad_rows = 2;
    open();
    run();
    check_rows(rows, joined(joined(numbered_rows("adm.csv", 1, 2), {"ward.csv:1|w"}), numbered_rows("adm.csv", 3, 4)));
    BOOST_CHECK(!is_there("adm.csv"));
    BOOST_CHECK_EQUAL(rejected, 2U);
}

BOOST_AUTO_TEST_CASE(a_limit_of_0_stops_at_the_first_bad_row) {
    options.limits.bad_rows = 0;
    drop("adm.csv", "id,text\nbad\n2,x\n");
    open();
    run();
    BOOST_CHECK(rows.empty());
    BOOST_CHECK_EQUAL(rejected, 1U);
    // Nothing of it is queued, so its name is free for a corrected file at once.
    drop("adm.csv", "id,text\n1,x\n2,x\n");
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 2));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_csv_is_refused_once_and_the_others_are_taken) {
    drop("adm1.csv", std::string("\x7F"
                                 "ELF\x02\x01\x01\0\0\0",
                                 10));
    drop("adm2.csv", numbered(1, 2));
    drop("adm3.csv", gzip(numbered(1, 500)).substr(0, 100));
    open();
    run();
    run();
    check_rows(rows, numbered_rows("adm2.csv", 1, 2));
    BOOST_CHECK(host.logged("'adm1.csv' is not taken: it holds NUL bytes"));
    BOOST_CHECK(host.logged("'adm3.csv' is not taken: its gzip data ends too early"));
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_ERROR), 2U);
    drop("adm1.csv", numbered(5, 6));  // put right in its place
    run();
    BOOST_CHECK_EQUAL(rows.size(), 4U);
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_one_of_a_header_alone_are_taken) {
    drop("adm1.csv", "");
    drop("adm2.csv", "id,text\n");
    open();
    run();
    BOOST_CHECK(rows.empty());
    BOOST_CHECK(!is_there("adm1.csv") && !is_there("adm2.csv"));
    BOOST_CHECK(host.logged("'adm1.csv' is empty"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_reported_once_and_tried_again) {
    FailingFiles failing;
    files = &failing;
    failing.deny_open = true;
    drop("adm.csv", numbered(1, 2));
    open();
    run();
    run();
    BOOST_CHECK_EQUAL(host.count(TRIBUTARY_LOG_ERROR), 1U);
    failing.deny_open = false;
    run();
    check_rows(rows, numbered_rows("adm.csv", 1, 2));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_a_wrong_option_and_one_that_goes_away_is_unavailable) {
    FailingFiles failing;
    files = &failing;
    open();
    failing.deny_list = true;
    start();
    sdk::Group group;
    BOOST_CHECK_EXCEPTION(source->read(std::chrono::milliseconds(0), group), sdk::Failure,
                          [](const sdk::Failure& failure) { return failure.status() == TRIBUTARY_UNAVAILABLE; });
    BOOST_CHECK_EXCEPTION(open(), sdk::Failure, [](const sdk::Failure& failure) {
        return failure.status() == TRIBUTARY_CONFIGURATION && failure.option() == "/folder";
    });
}

BOOST_AUTO_TEST_CASE(a_stop_is_heeded_and_a_foreign_checkpoint_refused) {
    drop("adm.csv", numbered(1, 2));
    open();
    start();
    host.stop = true;
    BOOST_CHECK(read() == sdk::Outcome::stopped);
    BOOST_CHECK_THROW(source->start("something else"), sdk::Failure);
    BOOST_CHECK_THROW(source->commit("something else"), sdk::Failure);
}

BOOST_AUTO_TEST_CASE(the_schema_is_known_from_given_names_or_a_file_that_lies_there) {
    options.streams[1].dialect.columns = {"x", "y", "z"};
    open();
    ArrowSchema schema{};
    BOOST_CHECK(!source->schema(0, schema));
    drop("adm.csv.tmp", "no,no\n");
    drop("adm1.csv", std::string("\0\0", 2));
    drop("adm2.csv", numbered(1, 2));
    BOOST_REQUIRE(source->schema(0, schema));
    BOOST_CHECK_EQUAL(schema.n_children, 2);
    BOOST_CHECK_EQUAL(schema.children[1]->name, std::string("text"));
    schema.release(&schema);
    BOOST_REQUIRE(source->schema(1, schema));
    BOOST_CHECK_EQUAL(schema.n_children, 3);
    schema.release(&schema);
    BOOST_CHECK_THROW(source->schema(2, schema), sdk::Failure);
}

BOOST_AUTO_TEST_CASE(no_value_of_a_record_is_ever_logged) {
    options.limits.bad_rows = 3;
    drop("adm1.csv", "id,text\n1,Surname\nSurname\n\"Surname\"x,1\n\"Surname,1\nSur\xFFname,1\n");
    drop("adm2.csv", "Surname,Surname,\nSurname,1,2\nSurname\n");
    open();
    run();
    BOOST_CHECK(!host.logged("Surname"));
    BOOST_CHECK_GT(host.log.size(), 4U);
}

BOOST_AUTO_TEST_SUITE_END()
