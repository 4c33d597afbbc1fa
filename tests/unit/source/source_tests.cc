#include "agent/source/source.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tests/unit/source/scripted_plugin.h"

using namespace tributary;
using namespace tributary::test;

namespace {

struct OpenSource {
    ScriptedPlugin script;
    TributaryPlugin table = ScriptedPlugin::table();
    SourceHost host;
    std::unique_ptr<Source> source;

    Source& open() {
        host.base_folder = "/etc/tributary";
        source = std::make_unique<Source>(Plugin::from_table(&table, "scripted"), host, "{}",
                                          std::vector<SourceStream>{{"admissions", "{}"}, {"wards", "{}"}});
        return *source;
    }

    /// Makes read give one group, changed by `change`, and returns what the agent says of it; empty if it takes it.
    std::string verdict(const std::function<void(TributaryGroup&)>& change, int rows = 1) {
        auto& opened = open();
        opened.start("");
        batches = {CountedBatch(0, rows).batch, CountedBatch(1).batch};
        script.read = [&](TributaryGroup& group, TributaryError&) {
            group.batches = batches.data();
            group.batch_count = batches.size();
            group.checkpoint = ScriptedPlugin::text("here");
            change(group);
            return TRIBUTARY_OK;
        };
        try {
            Group group;
            BOOST_CHECK(opened.read(std::chrono::milliseconds(5), group) == Source::ReadResult::group);
            return {};
        } catch (const Error& error) {
            BOOST_CHECK(error.code() == ErrorCode::plugin);
            return error.what();
        }
    }

    std::vector<TributaryBatch> batches;
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source_tests, OpenSource)

BOOST_AUTO_TEST_CASE(a_group_is_taken_over_whole) {
    auto& opened = open();
    opened.start("before");
    BOOST_CHECK_EQUAL(script.started.at(0), "before");
    batches = {CountedBatch(0, 3).batch, CountedBatch(1, 2).batch};
    batches[0].origin = ScriptedPlugin::text("a.csv");
    batches[0].first_row = 7;
    TributaryRejection rejection{1, 12, 3, ScriptedPlugin::text("ragged_row")};
    TributaryText mark{"0123456789abcdef", 16};
    script.read = [&](TributaryGroup& group, TributaryError&) {
        group.batches = batches.data();
        group.batch_count = 2;
        group.rejections = &rejection;
        group.rejection_count = 1;
        group.marks = &mark;
        group.mark_count = 1;
        group.checkpoint = ScriptedPlugin::text("here");
        return TRIBUTARY_OK;
    };
    {
        Group group;
        BOOST_CHECK(opened.read(std::chrono::milliseconds(1234), group) == Source::ReadResult::group);
        BOOST_CHECK_EQUAL(script.timeout, 1234U);
        BOOST_REQUIRE_EQUAL(group.batches.size(), 2U);
        BOOST_CHECK_EQUAL(group.batches[0].batch.rows(), 3U);
        BOOST_CHECK_EQUAL(group.batches[0].batch.origin(), "a.csv");
        BOOST_CHECK_EQUAL(group.batches[0].batch.first_row(), 7U);
        BOOST_CHECK_EQUAL(group.batches[0].batch.column(0).text(2), "v2");
        BOOST_CHECK_EQUAL(group.batches[1].stream, 1U);
        BOOST_CHECK_EQUAL(group.rejections.at(0).reason, "ragged_row");
        BOOST_CHECK_EQUAL(group.rejections.at(0).count, 3U);
        BOOST_CHECK_EQUAL(group.marks.at(0), "0123456789abcdef");
        BOOST_CHECK_EQUAL(group.checkpoint, "here");
    }
    BOOST_CHECK_EQUAL(CountedBatch::live, 0);
    opened.commit("here");
    BOOST_CHECK_EQUAL(script.committed.at(0), "here");
    source.reset();
    BOOST_CHECK_EQUAL(script.closed, 1);
}

BOOST_AUTO_TEST_CASE(a_schema_holds_until_another_one_comes_and_start_forgets_it) {
    auto& opened = open();
    opened.start("");
    bool with_schema = true;
    script.read = [&](TributaryGroup& group, TributaryError&) {
        batches = {CountedBatch(0, 1, with_schema).batch};
        group.batches = batches.data();
        group.batch_count = 1;
        group.checkpoint = ScriptedPlugin::text("x");
        return TRIBUTARY_OK;
    };
    Group first;
    Group second;
    opened.read(std::chrono::milliseconds(0), first);
    with_schema = false;
    opened.read(std::chrono::milliseconds(0), second);
    BOOST_CHECK(first.batches[0].batch.shared_schema() == second.batches[0].batch.shared_schema());
    with_schema = true;
    opened.read(std::chrono::milliseconds(0), second);  // the same one again
    BOOST_CHECK(first.batches[0].batch.shared_schema() == second.batches[0].batch.shared_schema());
    opened.start("");
    with_schema = false;
    BOOST_CHECK_THROW(opened.read(std::chrono::milliseconds(0), second), Error);
    first = {};
    second = {};
    BOOST_CHECK_EQUAL(CountedBatch::live, 0);
}

BOOST_AUTO_TEST_CASE(a_broken_group_is_refused_and_everything_in_it_released) {
    const std::vector<std::pair<std::function<void(TributaryGroup&)>, std::string>> breaks = {
        {[](TributaryGroup& group) { group.checkpoint = {}; }, "checkpoint has 0 bytes"},
        {[](TributaryGroup& group) { group.checkpoint.size = (1U << 20U) + 1; }, "checkpoint has 1048577 bytes"},
        {[](TributaryGroup& group) { group.batches[1].stream = 2; }, "stream number 2 of 2"},
        {[](TributaryGroup& group) { group.batches[0].array.n_children = 2; }, "number of columns"},
        {[](TributaryGroup& group) { group.batches[0].array.length = -1; }, "rows"},
        {[](TributaryGroup& group) { group.batches[1].schema.format = "u"; }, "format"},
        {[](TributaryGroup& group) {
             group.batches[1].origin = {"\xFF", 1};
         },
         "origin"},
        {[](TributaryGroup& group) {
             static const std::string origin(1025, 'o');
             group.batches[1].origin = {origin.data(), origin.size()};
         },
         "longer than 1,024 bytes"},
        {[](TributaryGroup& group) { group.rejection_count = 1; }, "rejections that are not there"},
        {[](TributaryGroup& group) { group.mark_count = 1'000'000; }, "more than 100000 marks"},
        {[](TributaryGroup& group) {
             static TributaryRejection rejection{0, 1, 1, {"Mr Smith", 8}};
             group.rejections = &rejection;
             group.rejection_count = 1;
         },
         "short word"},
        {[](TributaryGroup& group) {
             static TributaryRejection rejection{0, 1, 0, {"ragged_row", 10}};
             group.rejections = &rejection;
             group.rejection_count = 1;
         },
         "of no records"},
        {[](TributaryGroup& group) {
             static TributaryText mark{"short", 5};
             group.marks = &mark;
             group.mark_count = 1;
         },
         "a mark has 5 bytes"},
    };
    for (const auto& [change, expected] : breaks) {
        const auto why = verdict(change);
        BOOST_CHECK_MESSAGE(contains(why, expected), expected + " / " + why);
        BOOST_CHECK_EQUAL(CountedBatch::live, 0);
    }
    BOOST_CHECK_EQUAL(verdict([](TributaryGroup&) {}), "");
    BOOST_CHECK_EQUAL(verdict([](TributaryGroup&) {}, 65'536), "");
    BOOST_CHECK(contains(verdict([](TributaryGroup&) {}, 65'537), "rows"));
    BOOST_CHECK_EQUAL(CountedBatch::live, 0);
}

BOOST_AUTO_TEST_CASE(every_status_has_its_error_code) {
    const std::vector<std::pair<TributaryStatus, ErrorCode>> codes = {
        {TRIBUTARY_CONFIGURATION, ErrorCode::configuration},
        {TRIBUTARY_UNAVAILABLE, ErrorCode::network},
        {TRIBUTARY_BAD_DATA, ErrorCode::input},
        {TRIBUTARY_FAILED, ErrorCode::plugin},
        {99, ErrorCode::plugin},
        {-1, ErrorCode::plugin}};
    auto& opened = open();
    opened.start("");
    for (const auto& [status, code] : codes) {
        script.read = [status = status](TributaryGroup&, TributaryError& error) {
            std::fill(std::begin(error.message), std::end(error.message), 'm');  // without a NUL at its end
            std::copy_n("/folder", 8, error.option);
            return status;
        };
        Group group;
        const auto as_expected = [wanted = code](const Source::Failure& failure) {
            return failure.code() == wanted && failure.option() == "/folder" &&
                   std::string(failure.what()).size() == 1024;
        };
        BOOST_CHECK_EXCEPTION(opened.read(std::chrono::milliseconds(0), group), Source::Failure, as_expected);
    }
}

BOOST_AUTO_TEST_CASE(read_tells_nothing_end_and_stopped_apart) {
    auto& opened = open();
    opened.start("");
    Group group;
    const std::vector<std::pair<TributaryStatus, Source::ReadResult>> results = {
        {TRIBUTARY_NOTHING, Source::ReadResult::nothing},
        {TRIBUTARY_END, Source::ReadResult::end},
        {TRIBUTARY_STOPPED, Source::ReadResult::stopped}};
    for (const auto& [status, result] : results) {
        script.read = [status = status](TributaryGroup&, TributaryError&) { return status; };
        BOOST_CHECK(opened.read(std::chrono::milliseconds(-5), group) == result);
        BOOST_CHECK_EQUAL(script.timeout, 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_to_open_is_told_in_the_plugins_words) {
    script.open = [](const TributaryHost&, TributaryError& error) {
        std::copy_n("no such folder", 15, error.message);
        std::copy_n("/folder", 8, error.option);
        return TRIBUTARY_CONFIGURATION;
    };
    BOOST_CHECK_EXCEPTION(open(), Source::Failure, [](const Source::Failure& failure) {
        return failure.what() == std::string("no such folder") && failure.option() == "/folder" &&
               failure.code() == ErrorCode::configuration;
    });
    script.open = [](const TributaryHost&, TributaryError&) { return TRIBUTARY_FAILED; };
    BOOST_CHECK_EXCEPTION(open(), Source::Failure,
                          [](const Source::Failure& failure) { return contains(failure.what(), "'open'"); });
    script.open = [](const TributaryHost&, TributaryError&) { return TRIBUTARY_OK; };
    script.no_source = true;
    BOOST_CHECK_THROW(open(), Error);
    BOOST_CHECK_EQUAL(script.closed, 0);
}

BOOST_AUTO_TEST_CASE(the_host_answers_from_what_it_was_given_and_throws_nothing) {
    const TributaryHost* c_host = nullptr;
    script.open = [&](const TributaryHost& given, TributaryError&) {
        c_host = &given;
        return TRIBUTARY_OK;
    };
    std::vector<std::string> log;
    host.log = [&](TributaryLevel, std::string_view message) { log.emplace_back(message); };
    host.secret = [](const std::string& reference) {
        return reference == "file:password" ? std::optional<std::string>("s3cret") : std::nullopt;
    };
    host.stopping = [] { return false; };
    host.marked = [](std::string_view mark) { return mark == "known"; };
    open();
    BOOST_CHECK_EQUAL(c_host->size, sizeof(TributaryHost));
    BOOST_CHECK_EQUAL(c_host->abi, TRIBUTARY_PLUGIN_ABI);
    BOOST_CHECK_EQUAL(ScriptedPlugin::text(c_host->base_folder), "/etc/tributary");
    c_host->log(c_host->context, TRIBUTARY_LOG_INFO, ScriptedPlugin::text("hello"));
    BOOST_CHECK_EQUAL(log.at(0), "hello");
    TributaryText value{};
    BOOST_CHECK_EQUAL(c_host->secret(c_host->context, ScriptedPlugin::text("file:password"), &value), 1);
    BOOST_CHECK_EQUAL(ScriptedPlugin::text(value), "s3cret");
    BOOST_CHECK_EQUAL(c_host->secret(c_host->context, ScriptedPlugin::text("file:other"), &value), 0);
    BOOST_CHECK_EQUAL(c_host->marked(c_host->context, ScriptedPlugin::text("known")), 1);
    BOOST_CHECK_EQUAL(c_host->marked(c_host->context, ScriptedPlugin::text("unknown")), 0);
    BOOST_CHECK_EQUAL(c_host->stopping(c_host->context), 0);
}

BOOST_AUTO_TEST_CASE(a_host_that_fails_answers_with_what_is_safe) {
    const TributaryHost* c_host = nullptr;
    script.open = [&](const TributaryHost& given, TributaryError&) {
        c_host = &given;
        return TRIBUTARY_OK;
    };
    const auto failing = [](auto&&...) -> bool { throw std::runtime_error("the disk is gone"); };
    host.log = failing;
    host.stopping = failing;
    host.marked = failing;
    host.secret = [](const std::string&) -> std::optional<std::string> { throw std::runtime_error("no"); };
    open();
    c_host->log(c_host->context, TRIBUTARY_LOG_INFO, ScriptedPlugin::text("hello"));
    TributaryText value{};
    BOOST_CHECK_EQUAL(c_host->secret(c_host->context, ScriptedPlugin::text("x"), &value), 0);
    BOOST_CHECK_EQUAL(c_host->stopping(c_host->context), 1);
    // Neither taken (its file would be moved away) nor not taken (its rows would come twice).
    BOOST_CHECK_LT(c_host->marked(c_host->context, ScriptedPlugin::text("x")), 0);
}

BOOST_AUTO_TEST_CASE(a_schema_may_be_unknown_and_is_released_in_any_case) {
    auto& opened = open();
    BOOST_CHECK(!opened.schema(0));
    script.schema = [](ArrowSchema& schema, TributaryError&) {
        schema = CountedBatch::counted(sdk::utf8_schema({"a", "b"}));
        return TRIBUTARY_OK;
    };
    BOOST_CHECK_EQUAL(opened.schema(1)->fields.size(), 2U);
    for (const TributaryStatus status : {TRIBUTARY_NOTHING, TRIBUTARY_FAILED}) {
        script.schema = [status](ArrowSchema& schema, TributaryError&) {
            schema = CountedBatch::counted(sdk::utf8_schema({"a"}));
            return status;
        };
        try {
            BOOST_CHECK(!opened.schema(0));
        } catch (const Source::Failure&) {
            BOOST_CHECK_EQUAL(status, TRIBUTARY_FAILED);
        }
    }
    BOOST_CHECK_EQUAL(CountedBatch::live, 0);
    BOOST_CHECK_THROW(opened.schema(2), Error);
}

BOOST_AUTO_TEST_SUITE_END()
