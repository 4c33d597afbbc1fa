#include "tests/integration/plugin_kit/contract.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <optional>

#include "tests/integration/plugin_kit/senders.h"
#include "tests/unit/platform/temporary_folder.h"
#include "tests/unit/plugins/packed.h"

using namespace tributary;
using namespace tributary::plugin_kit;

namespace {

void check_no_faults(const Subject& subject) {
    const auto faults = check_contract(subject);
    for (const auto& fault : faults) {
        BOOST_TEST_MESSAGE(fault);
    }
    BOOST_CHECK(faults.empty());
}

/// Three files of two streams: some hundred rows, hard ones among them, one file packed.
Subject csv_subject(const TemporaryFolder& folder) {
    Subject subject;
    subject.library = TRIBUTARY_CSV_PLUGIN;
    subject.name = "csv";
    subject.base_folder = folder.path().string();
    subject.options = R"({"folder": "in", "settle": "0s", "batch_rows": 16})";
    subject.streams = {{"admissions", R"({"files": "adm*"})"}, {"wards", R"({"files": "ward*", "delimiter": "|"})"}};
    std::string first = "id,surname,note\r\n";
    std::string second = first;
    std::string wards = "ward|beds\n";
    for (int i = 0; i < 150; ++i) {
        const auto id = std::to_string(i);
        first += id + ",Xyzzy" + id + ",\"a \"\"note\"\", of\r\ntwo lines\"\r\n";
        subject.rows.push_back("admissions:" + id + "|Xyzzy" + id + "|a \"note\", of\r\ntwo lines");
        if (i % 40 == 7) {
            first += "Xyzzy,ragged\r\n\"Xyzzy\"bad,1,2\r\n";
        }
    }
    for (int i = 0; i < 90; ++i) {
        second += "s" + std::to_string(i) + ",,\r\n";
        subject.rows.push_back("admissions:s" + std::to_string(i) + "|~|~");
    }
    for (int i = 0; i < 20; ++i) {
        wards += "Ward " + std::to_string(i) + "|" + std::to_string(i) + "\n";
        subject.rows.push_back("wards:Ward " + std::to_string(i) + "|" + std::to_string(i));
    }
    subject.prepare = [&folder, first, second, wards] {
        std::filesystem::remove_all(folder / "in");
        std::filesystem::create_directory(folder / "in");
        folder.write("in/adm1.csv", first);
        folder.write("in/adm2.csv.gz", csv::test::gzip(second));
        folder.write("in/adm3.csv", first);  // once more, to be passed over
        folder.write("in/ward.csv", wards);
    };
    const auto& streams = subject.streams;
    subject.bad_options = {
        {R"({"folder": "in", "settel": "0s"})", streams, "/settel"},
        {R"({"folder": 7})", streams, "/folder"},
        {R"({"folder": "nowhere"})", streams, "/folder"},
        {R"({"folder": "in", "settle": "soon"})", streams, "/settle"},
        {R"({"folder": "in", "batch_rows": 0})", streams, "/batch_rows"},
        {R"({"folder": "in"})", {{"x", R"({"files": "*", "quote": ",,"})"}}, "/streams/x/quote"},
        {"[", streams, ""},
    };
    subject.secrets = {"Xyzzy"};
    return subject;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_tests)

BOOST_AUTO_TEST_CASE(the_csv_plugin_keeps_the_contract) {
    const TemporaryFolder folder;
    check_no_faults(csv_subject(folder));
}

BOOST_AUTO_TEST_CASE(a_listening_plugin_keeps_the_contract) {
    Subject subject;
    subject.library = TRIBUTARY_LISTENER_PLUGIN;
    subject.name = "listener";
    subject.options = "{}";
    subject.streams = {{"messages", "{}"}, {"parts", "{}"}};
    subject.bad_options = {{R"({"port": 1})", subject.streams, ""}, {"{}", {{"messages", "{}"}}, "/streams"}};
    subject.ends = false;
    subject.ordered = false;
    subject.rows = Senders::rows(8, 5);
    subject.secrets = {"Surname"};
    std::unique_ptr<Senders> senders;
    subject.prepare = [&] { senders = std::make_unique<Senders>(TRIBUTARY_LISTENER_PLUGIN, 8, 5); };
    subject.finish = [&] { senders.reset(); };
    check_no_faults(subject);
}

BOOST_AUTO_TEST_CASE(the_kit_finds_a_plugin_that_breaks_the_contract) {
    const TemporaryFolder folder;
    auto subject = csv_subject(folder);
    const auto faults_of = [](const Subject& wrong) {
        const auto faults = check_contract(wrong);
        for (const auto& fault : faults) {
            BOOST_TEST_MESSAGE(fault);
        }
        return faults.size();
    };
    auto wrong = subject;
    wrong.rows.pop_back();
    BOOST_CHECK_GT(faults_of(wrong), 0U);
    wrong = subject;
    std::swap(wrong.rows[0], wrong.rows[1]);
    BOOST_CHECK_GT(faults_of(wrong), 0U);
    wrong = subject;
    wrong.bad_options[0].pointer = "/folder";
    BOOST_CHECK_EQUAL(faults_of(wrong), 1U);
    wrong = subject;
    wrong.secrets = {"adm1.csv"};
    BOOST_CHECK_EQUAL(faults_of(wrong), 1U);
    wrong.name = "sql";
    BOOST_CHECK_EQUAL(faults_of(wrong), 1U);
}

BOOST_AUTO_TEST_SUITE_END()
