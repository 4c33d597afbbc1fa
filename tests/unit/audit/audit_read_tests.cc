#include "agent/audit/audit_read.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/audit/site_log.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

AuditDetails policy(const std::string& stream, const std::string& hash) {
    return {{"stream", stream}, {"policy_sha256", hash}, {"before", ""}, {"approver", ""}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_read_tests)

BOOST_AUTO_TEST_CASE(the_last_lines_are_found_over_several_files_in_order) {
    SiteLog site;
    site.fill(12, 1000);
    for (const std::size_t count : {0U, 1U, 2U, 5U, 11U, 12U, 50U}) {
        const auto lines = last_audit_lines(system_files(), site.data.path(), count);
        BOOST_REQUIRE(lines.size() == std::min<std::size_t>(count, 12));
        for (std::size_t i = 0; i < lines.size(); ++i) {
            BOOST_TEST(lines[i].sequence == 12 - lines.size() + i + 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_being_written_is_not_there_yet) {
    SiteLog site;
    site.fill(3);
    site.set_content(site.content() + "{\"details\":");
    BOOST_TEST(last_audit_lines(system_files(), site.data.path(), 10).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_log_has_no_lines) {
    const TemporaryFolder folder;
    BOOST_TEST(last_audit_lines(system_files(), folder.path(), 10).empty());
    BOOST_TEST(last_audited_policies(system_files(), folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(the_newest_policy_of_each_stream_is_found) {
    SiteLog site;
    auto log = site.log(500);
    log.append(AuditEvent::policy_changed, policy("admissions", "aa"));
    log.append(AuditEvent::policy_changed, policy("contacts", "bb"));
    log.append(AuditEvent::delivery, some_delivery(1));
    log.append(AuditEvent::policy_changed, policy("admissions", "cc"));
    log.append(AuditEvent::delivery, some_delivery(1));
    const auto policies = last_audited_policies(system_files(), site.data.path());
    BOOST_REQUIRE(policies.size() == 2U);
    BOOST_TEST(policies.at("admissions") == "cc");
    BOOST_TEST(policies.at("contacts") == "bb");
}

BOOST_AUTO_TEST_SUITE_END()
