#include "agent/audit/audit_event.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "agent/platform/error.h"

using namespace tributary;

namespace {

bool refused(AuditEvent event, const AuditDetails& details, ErrorCode code) {
    try {
        check_details(event, details);
        return false;
    } catch (const Error& error) {
        return error.code() == code;
    }
}

AuditDetails key_details(const std::string& key) {
    return {{"key", key}, {"epoch", std::uint64_t{1}}, {"fingerprint", "00112233"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_event_tests)

BOOST_AUTO_TEST_CASE(every_event_has_a_name_of_its_own_by_which_it_is_found) {
    std::set<std::string_view> names;
    for (const auto& description : audit_events()) {
        BOOST_TEST(!description.sentence.empty());
        BOOST_TEST(names.insert(description.name).second);
        BOOST_TEST((audit_event_named(description.name) == description.event));
        BOOST_TEST(describe(description.event).name == description.name);
    }
    BOOST_TEST(names.size() == 19U);
    BOOST_TEST(!audit_event_named("key_exported"));
}

BOOST_AUTO_TEST_CASE(an_event_takes_exactly_the_details_of_its_table) {
    check_details(AuditEvent::key_imported, key_details("region-2026"));
    BOOST_TEST(refused(AuditEvent::key_imported, {}, ErrorCode::internal));
    BOOST_TEST(refused(AuditEvent::key_imported, {{"key", "a"}, {"epoch", std::uint64_t{1}}}, ErrorCode::internal));
    BOOST_TEST(
        refused(AuditEvent::key_imported, {{"key", "a"}, {"epoch", "1"}, {"fingerprint", "b"}}, ErrorCode::internal));
    BOOST_TEST(
        refused(AuditEvent::key_imported, {{"key", "a"}, {"key", "a"}, {"fingerprint", "b"}}, ErrorCode::internal));
    auto more = key_details("a");
    more.push_back({"surname", "x"});
    BOOST_TEST(refused(AuditEvent::key_imported, more, ErrorCode::internal));
}

BOOST_AUTO_TEST_CASE(text_that_could_make_a_line_read_as_another_is_refused) {
    for (const auto* text : {"a\nb", "a\x1b[2K", "\xff", "a\xe2\x80\xa8z", "a\xe2\x80\xaez"}) {
        BOOST_TEST(refused(AuditEvent::key_imported, key_details(text), ErrorCode::input));
    }
    check_details(AuditEvent::key_imported, key_details("St John\xe2\x80\x99s \"key\" \\ é"));
}

BOOST_AUTO_TEST_CASE(text_is_bounded) {
    check_details(AuditEvent::key_imported, key_details(std::string(1024, 'a')));
    BOOST_TEST(refused(AuditEvent::key_imported, key_details(std::string(1025, 'a')), ErrorCode::input));
}

BOOST_AUTO_TEST_SUITE_END()
