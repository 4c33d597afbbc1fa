#include "agent/audit/audit_log.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/audit/audit_line.h"
#include "agent/platform/error.h"
#include "tests/unit/audit/site_log.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

std::vector<std::string> expect(std::initializer_list<std::string> events) {
    return events;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_log_tests)

BOOST_AUTO_TEST_CASE(a_log_begins_by_itself_and_goes_on) {
    SiteLog site;
    const auto head = site.log().append(AuditEvent::delivery, some_delivery(1));
    BOOST_TEST(head.sequence == 2U);
    site.log().append(AuditEvent::delivery, some_delivery(2));
    const auto lines = site.lines();
    BOOST_REQUIRE(lines.size() == 3U);
    const auto first = parse_audit_line(lines[0].substr(0, lines[0].size() - 1));
    BOOST_TEST(first.event == "log_begun");
    BOOST_TEST(first.previous == std::string(64, '0'));
    const auto third = parse_audit_line(lines[2].substr(0, lines[2].size() - 1));
    BOOST_TEST(third.sequence == 3U);
    BOOST_TEST(third.previous == audit_hash(lines[1].substr(0, lines[1].size() - 1)));
    BOOST_TEST((site.verify().state == AuditVerification::State::sound));
    BOOST_TEST(site.warnings.empty());
}

BOOST_AUTO_TEST_CASE(the_head_for_others_is_that_of_the_last_line) {
    SiteLog site;
    BOOST_TEST(!site.log().head().has_value());
    const auto appended = site.log().append(AuditEvent::delivery, some_delivery(1));
    const auto head = site.log().head();
    BOOST_REQUIRE(head.has_value());
    BOOST_TEST(head->sequence == appended.sequence);
    BOOST_TEST(head->hash == appended.hash);
    BOOST_TEST(head->hash == audit_hash(site.lines().back().substr(0, site.lines().back().size() - 1)));
    site.set_content("no head", "audit.head");
    BOOST_CHECK_EXCEPTION(site.log().head(), Error, [](const Error& e) { return e.code() == ErrorCode::corrupt; });
}

BOOST_AUTO_TEST_CASE(an_event_with_wrong_details_writes_nothing) {
    SiteLog site;
    BOOST_CHECK_THROW(site.log().append(AuditEvent::delivery, {}), Error);
    BOOST_TEST(!std::filesystem::exists(site.file()));
}

BOOST_AUTO_TEST_CASE(files_rotate_and_the_chain_goes_on) {
    SiteLog site;
    site.fill(10, 1000);
    BOOST_TEST(site.content("audit-000001.log").size() >= 1000U);
    BOOST_TEST(site.content("audit-000001.log").size() < 1400U);
    BOOST_TEST(std::filesystem::exists(site.file("audit-000003.log")));
    const auto result = site.verify();
    BOOST_TEST(joined(result.faults) == "");
    BOOST_TEST(result.lines == 10U);
}

BOOST_AUTO_TEST_CASE(several_processes_and_threads_append_to_one_log) {
    SiteLog site;
    auto shared = site.log();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            auto own = site.log();  // as another process has it
            for (int n = 0; n < 5; ++n) {
                (i % 2 == 0 ? shared : own).append(AuditEvent::delivery, some_delivery(1));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const auto result = site.verify();
    BOOST_TEST(joined(result.faults) == "");
    BOOST_TEST(result.lines == 21U);
}

BOOST_AUTO_TEST_CASE(a_last_line_cut_off_anywhere_is_written_again_from_the_head) {
    SiteLog site;
    site.fill(3);
    const auto whole = site.content();
    const auto head = site.content("audit.head");
    const auto last = site.lines().back().size();
    for (std::size_t cut = 1; cut <= last; cut += 13) {
        for (const std::size_t zeros : {std::size_t{0}, cut / 2}) {
            site.set_content(whole.substr(0, whole.size() - cut) + std::string(zeros, '\0'));
            site.set_content(head, "audit.head");
            BOOST_TEST((site.verify().state == AuditVerification::State::unfinished));
            site.log().append(AuditEvent::delivery, some_delivery(9));
            BOOST_TEST(site.content().starts_with(whole));
            const auto result = site.verify();
            BOOST_TEST(joined(result.faults) == "");
            BOOST_TEST(joined(result.notes).find("written again") != std::string::npos);
            BOOST_TEST(site.events() == expect({"log_begun", "delivery", "delivery", "log_recovered", "delivery"}),
                       boost::test_tools::per_element());
        }
    }
    BOOST_TEST(!site.warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_crash_between_two_files_is_mended) {
    SiteLog site;
    site.fill(4, 500);
    const auto* const second = "audit-000002.log";
    const auto content = site.content(second);
    BOOST_REQUIRE(site.lines(second).size() == 1U);
    std::filesystem::remove(site.file(second));
    BOOST_TEST((site.verify().state == AuditVerification::State::unfinished));
    site.log(500).append(AuditEvent::delivery, some_delivery(1));
    BOOST_TEST(site.content(second).starts_with(content));
    BOOST_TEST(joined(site.verify().faults) == "");
    std::filesystem::remove(site.file(second));  // more than one line now: no crash takes them
    BOOST_TEST((site.verify().state == AuditVerification::State::broken));
}

BOOST_AUTO_TEST_CASE(a_log_that_was_changed_goes_on_in_a_new_file_and_stays_broken) {
    SiteLog site;
    site.fill(4);
    const auto lines = site.lines();
    site.set_content(lines[0] + lines[1]);
    site.log().append(AuditEvent::delivery, some_delivery(5));
    site.log().append(AuditEvent::delivery, some_delivery(6));
    BOOST_TEST(site.content() == lines[0] + lines[1]);  // evidence
    BOOST_TEST(site.lines("audit-000002.log").size() == 3U);
    BOOST_REQUIRE(site.warnings.size() == 1U);
    BOOST_TEST(site.warnings[0].find("audit verify") != std::string::npos);
    const auto result = site.verify();
    BOOST_TEST((result.state == AuditVerification::State::broken));
    BOOST_TEST(joined(result.faults).find("audit-000002.log:1: at this point the agent found the log") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_without_its_head_goes_on_and_stays_broken) {
    SiteLog site;
    site.fill(4);
    std::filesystem::remove(site.file("audit.head"));
    site.log().append(AuditEvent::delivery, some_delivery(5));
    const auto result = site.verify();
    BOOST_TEST((result.state == AuditVerification::State::broken));
    BOOST_REQUIRE(result.faults.size() == 1U);
    BOOST_TEST(result.faults[0].find("is missing") != std::string::npos);
    BOOST_TEST(result.lines == 6U);
}

BOOST_AUTO_TEST_CASE(a_forged_head_is_kept_beside_and_told_of) {
    SiteLog site;
    site.fill(4);
    auto head = site.content("audit.head");
    head[head.size() - 5] = head[head.size() - 5] == 'A' ? 'B' : 'A';
    site.set_content(head, "audit.head");
    site.log().append(AuditEvent::delivery, some_delivery(5));
    BOOST_TEST(site.content("audit.head.before-audit-000002.log") == head);
    BOOST_TEST((site.verify().state == AuditVerification::State::broken));
}

BOOST_AUTO_TEST_CASE(a_new_key_of_the_site_goes_on_and_the_old_certificate_verifies_what_was_before) {
    SiteLog site;
    site.fill(3);
    const auto before = site.site;
    site.site = p256_identity("RVW");
    site.log().append(AuditEvent::delivery, some_delivery(5));
    BOOST_TEST(site.events() == expect({"log_begun", "delivery", "delivery", "signer_changed", "delivery"}),
               boost::test_tools::per_element());
    BOOST_TEST((site.verify().state == AuditVerification::State::broken));  // nobody vouches for the lines before
    const auto result = verify_audit_log(system_files(), site.data.path(), site.clock,
                                         {PublicKey::of(site.site.certificate), PublicKey::of(before.certificate)});
    BOOST_TEST(joined(result.faults) == "");
    BOOST_TEST((result.state == AuditVerification::State::sound));
}

BOOST_AUTO_TEST_CASE(another_sites_log_is_not_continued) {
    SiteLog site;
    site.fill(3);
    AuditLog other(site.data.path(), "RXX", site.site.key, system_files(), site.clock);
    BOOST_CHECK_EXCEPTION(other.append(AuditEvent::delivery, some_delivery(1)), Error,
                          [](const Error& e) { return e.code() == ErrorCode::configuration; });
}

BOOST_AUTO_TEST_SUITE_END()
