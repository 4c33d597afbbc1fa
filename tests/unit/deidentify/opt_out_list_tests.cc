#include "agent/deidentify/opt_out_list.h"

#include <array>
#include <boost/test/unit_test.hpp>

#include "agent/deidentify/nhs_number.h"
#include "agent/platform/error.h"
#include "tests/unit/deidentify/policies.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;
using namespace tributary::test;

namespace {

/// Ahead of the real time by as much as a test wants.
class AheadClock final : public Clock {
  public:
    TimePoint now() const override { return system_clock().now() + ahead; }
    std::chrono::steady_clock::time_point steady() const override { return system_clock().steady(); }
    bool wait_for(std::condition_variable& signal, std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time,
                  const std::function<bool()>& ready) override {
        return system_clock().wait_for(signal, lock, time, ready);
    }
    std::chrono::hours ahead{0};
};

struct Fixture {
    TemporaryFolder folder;
    AheadClock clock;
    OptOutSettings settings{"nhs_number", {folder.path() / "list.txt"}, std::chrono::hours(24), false};

    std::shared_ptr<const OptOutList> read(const std::string& text) {
        folder.write("list.txt", text);
        return OptOutLists(settings, system_files(), clock).current();
    }
    void check_fault(const std::string& text, const std::string& part) {
        BOOST_CHECK_EXCEPTION(read(text), Error, [&](const Error& error) {
            const std::string what = error.what();
            BOOST_TEST(what.find("list.txt") != std::string::npos, what);
            BOOST_TEST(what.find("943476") == std::string::npos, what);
            BOOST_TEST(what.find(part) != std::string::npos, what);
            return true;
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opt_out_list_tests, Fixture)

BOOST_AUTO_TEST_CASE(people_on_the_list_are_found_and_no_others) {
    const auto list = read("\xEF\xBB\xBF# national\n9434765919,\r\n943 476 5870\n\n4010232137,\n");
    BOOST_TEST(list->size() == 3U);
    for (const char* const number : {"9434765919", "9434765870", "4010232137"}) {
        BOOST_TEST(list->contains(number), number);
    }
    for (const char* const number : {"9434765900", "0000000000", "9999999999", "4010232145"}) {
        BOOST_TEST(!list->contains(number), number);
    }
}

BOOST_AUTO_TEST_CASE(every_number_of_a_long_list_is_found_at_every_cut_of_the_file) {
    std::string text;
    std::vector<std::string> numbers;
    for (std::uint64_t i = 400'000'000; numbers.size() < 20'000; i += 7919) {
        for (char check = '0'; check <= '9'; ++check) {
            const std::string number = std::to_string(i) + check;
            std::array<char, 10> digits{};
            if (read_nhs_number(number, digits) == NhsNumberFault::none) {
                numbers.push_back(number);
                text.append(number).append(",\n");
            }
        }
    }
    const auto list = read(text);
    BOOST_TEST(list->size() == numbers.size());
    for (const auto& number : numbers) {
        BOOST_REQUIRE(list->contains(number));
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_cannot_be_trusted_stops_everything) {
    check_fault("9434765919\n9434765918\n", "line 2");
    check_fault("9434765919\nrubbish\n", "line 2");
    check_fault("9434765919\n94347659", "line 2: the list ends in the middle");
    check_fault("9434765919", "ends in the middle");
    check_fault("", "names nobody");
    check_fault("# nobody\n", "names nobody");
    check_fault("NHS number\n9434765919\n", "line 1");
    check_fault(std::string(100'000, 'x'), "line 1");
    check_fault(std::string("9434765919\n\0\n", 13), "line 2");
    check_fault("9434765919,9434765870\n", "line 1");
    check_fault("9434765919\n#" + std::string(1000, 'x') + "\n", "line 2");
    BOOST_TEST(read("#" + std::string(999, 'x') + "\n9434765919\n")->size() == 1U);
    settings.empty_lists = true;
    BOOST_TEST(read("# nobody\n")->size() == 0U);
    settings.lists.emplace_back(folder.path() / "none.txt");
    BOOST_CHECK_THROW(read("9434765919\n"), Error);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_too_old_stops_everything) {
    folder.write("list.txt", "9434765919\n");
    OptOutLists lists(settings, system_files(), clock);
    clock.ahead = std::chrono::hours(23);
    BOOST_TEST(lists.current()->size() == 1U);
    clock.ahead = std::chrono::hours(25);
    BOOST_CHECK_EXCEPTION(lists.current(), Error, [](const Error& error) {
        return std::string(error.what()).find("more than 1 day ago") != std::string::npos;
    });
}

// A copy that was dated wrongly would never be too old.
BOOST_AUTO_TEST_CASE(a_list_that_is_dated_ahead_of_the_clock_stops_everything) {
    folder.write("list.txt", "9434765919\n");
    OptOutLists lists(settings, system_files(), clock);
    clock.ahead = std::chrono::hours(-23);  // two machines' clocks may differ, and one may know no summer time
    BOOST_TEST(lists.current()->size() == 1U);
    clock.ahead = std::chrono::hours(-25);
    BOOST_CHECK_EXCEPTION(lists.current(), Error, [](const Error& error) {
        return error.code() == ErrorCode::input &&
               std::string(error.what()).find("ahead of this machine's clock") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_file_is_no_list) {
    std::filesystem::create_directories(folder.path() / "list.txt");
    BOOST_CHECK_EXCEPTION(OptOutLists(settings, system_files(), clock).current(), Error, [](const Error& error) {
        return std::string(error.what()).find("is no plain file") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_changed_list_is_read_anew_and_an_unchanged_one_is_not) {
    folder.write("list.txt", "9434765919\n");
    OptOutLists lists(settings, system_files(), clock);
    const auto first = lists.current();
    BOOST_TEST((lists.current() == first));
    folder.write("list.txt", "9434765919\n9434765870\n");
    BOOST_TEST(lists.current()->size() == 2U);
    BOOST_TEST(first->size() == 1U);
}

BOOST_AUTO_TEST_CASE(rows_of_listed_people_are_left_out_whatever_the_number_looks_like) {
    const auto list = read("9434765919\n");
    const auto policy = compiled(
        "policy: 1\nstream: s\nopt_out: {field: n, lists: list.txt, max_age: 7d}\nfields: {id: keep, secret: drop}\n");
    auto source = std::make_shared<const Schema>(
        Schema{{{"id", ColumnType::utf8}, {"n", ColumnType::utf8}, {"secret", ColumnType::utf8}}});
    const Deidentifier deidentifier(policy, source, run_day, list);
    const auto apply = [&](const Texts& ids, const Texts& numbers, Quality& quality) {
        return deidentifier.apply(
            RecordBatch(source,
                        {text_column(ids), text_column(numbers), text_column(Texts(ids.size(), "leave none of this"))},
                        100, "file.csv"),
            quality);
    };
    Quality quality;
    const auto batch = apply({"a", "b", "c", "d", "e", "f"},
                             {"9434765870", "9434765919", "943 476 5919", std::nullopt, "943-476-5919", "x"}, quality);
    check_values(texts_of(batch.column(0)), {"a", "d", "f"});
    BOOST_TEST(quality.opted_out == 3U);
    BOOST_TEST(quality.rows == 3U);
    BOOST_TEST(quality.fields.at(0).filled == 3U);
    BOOST_TEST(batch.source_row(0) == 100U);
    BOOST_TEST(batch.source_row(1) == 103U);
    BOOST_TEST(batch.source_row(2) == 105U);

    Quality all;
    BOOST_TEST(apply({"a", "b"}, {"9434765919", "9434765919"}, all).rows() == 0U);
    BOOST_TEST(all.opted_out == 2U);
    Quality none;
    BOOST_TEST(apply({"a"}, {"9434765870"}, none).rows() == 1U);
    BOOST_TEST(none.opted_out == 0U);
    BOOST_CHECK_THROW(Deidentifier(policy, source, run_day), Error);
    BOOST_CHECK_THROW(
        Deidentifier(policy,
                     std::make_shared<const Schema>(Schema{{{"id", ColumnType::utf8}, {"secret", ColumnType::utf8}}}),
                     run_day, list),
        ConfigurationError);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_errors_with_their_place) {
    for (const char* const text :
         {"{lists: a, max_age: 7d}", "{field: n, max_age: 7d}", "{field: n, lists: a}",
          "{field: n, lists: [], max_age: 7d}", "{field: n, lists: a, max_age: soon}",
          "{field: n, lists: a, max_age: 0d}", "{field: n, lists: a, max_age: 7d, empty_list: true}", "national"}) {
        const auto faults = faults_of(policy_of("keep", std::string("opt_out: ") + text + "\n"));
        BOOST_TEST(faults.find("policy.yaml:3:") != std::string::npos, text << ": " << faults);
        BOOST_TEST(faults.find("IT COMPILED") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
