#include "agent/audit/audit_verify.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/audit/audit_line.h"
#include "agent/platform/error.h"
#include "tests/unit/audit/site_log.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

using State = AuditVerification::State;

bool has(const std::vector<std::string>& texts, const std::string& part) {
    return joined(texts).find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_verify_tests)

BOOST_AUTO_TEST_CASE(a_log_that_nobody_touched_is_sound) {
    SiteLog site;
    site.fill(5);
    const auto result = site.verify();
    BOOST_TEST((result.state == State::sound));
    BOOST_TEST(result.faults.empty());
    BOOST_TEST(result.notes.empty());
    BOOST_TEST(result.lines == 5U);
    BOOST_REQUIRE(result.head.has_value());
    BOOST_TEST(result.head->sequence == 5U);
    BOOST_TEST((*result.last - *result.first == std::chrono::minutes(3)));
}

BOOST_AUTO_TEST_CASE(an_edit_of_any_byte_is_found) {
    SiteLog site;
    site.fill(3);
    const auto whole = site.content();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto edited = whole;
        edited[i] = static_cast<char>(whole[i] ^ 1);
        site.set_content(edited);
        BOOST_TEST((site.verify().state == State::broken), "byte " << i);
    }
    for (const char put : {'\n', '"', '\0'}) {
        for (std::size_t i = 0; i < whole.size(); i += 7) {
            auto edited = whole;
            edited[i] = put;
            site.set_content(edited);
            BOOST_TEST((edited == whole || site.verify().state == State::broken), "byte " << i);
        }
    }
    // A zero in place of the last byte is what a power cut may leave; nothing is lost, since the head has the line.
    site.set_content(whole.substr(0, whole.size() - 1) + '\0');
    BOOST_TEST((site.verify().state == State::unfinished));
}

BOOST_AUTO_TEST_CASE(a_removed_line_is_found_wherever_it_stood) {
    SiteLog site;
    site.fill(6);
    const auto lines = site.lines();
    for (std::size_t gone = 0; gone < lines.size(); ++gone) {
        std::string text;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            text += i == gone ? "" : lines[i];
        }
        site.set_content(text);
        const auto result = site.verify();
        BOOST_TEST((result.state == (gone + 1 == lines.size() ? State::unfinished : State::broken)));
        BOOST_TEST(!(result.faults.empty() && result.notes.empty()));
    }
}

BOOST_AUTO_TEST_CASE(lines_that_changed_places_are_found) {
    SiteLog site;
    site.fill(5);
    const auto lines = site.lines();
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        auto swapped = lines;
        std::swap(swapped[i], swapped[i + 1]);
        std::string text;
        for (const auto& line : swapped) {
            text += line;
        }
        site.set_content(text);
        BOOST_TEST((site.verify().state == State::broken), "lines " << i + 1 << " and " << i + 2);
    }
}

BOOST_AUTO_TEST_CASE(a_log_cut_off_anywhere_is_found) {
    SiteLog site;
    site.fill(3);
    const auto whole = site.content();
    const auto last = whole.size() - site.lines().back().size();
    for (std::size_t size = 0; size < whole.size(); size += 3) {
        site.set_content(whole.substr(0, size));
        BOOST_TEST((site.verify().state == (size < last ? State::broken : State::unfinished)), "cut to " << size);
    }
    std::filesystem::remove(site.file());
    BOOST_TEST((site.verify().state == State::broken));
}

BOOST_AUTO_TEST_CASE(a_line_put_in_is_found_even_one_that_fits_the_chain) {
    SiteLog site;
    site.fill(4);
    const auto whole = site.content();
    const auto lines = site.lines();
    for (std::size_t at = 0; at <= lines.size(); ++at) {
        std::string text;
        for (std::size_t i = 0; i <= lines.size(); ++i) {
            text += i == at ? lines[1] : "";
            text += i < lines.size() ? lines[i] : "";
        }
        site.set_content(text);
        BOOST_TEST((site.verify().state == State::broken), "at " << at);
    }
    // Written as the agent would, but without the site's key.
    const auto& before = lines.back();
    const AuditLine forged{5, site.clock.time, "delivery", audit_hash(before.substr(0, before.size() - 1)),
                           some_delivery(7)};
    site.set_content(whole + to_text(forged) + "\n");
    BOOST_TEST((site.verify().state == State::broken));
}

BOOST_AUTO_TEST_CASE(a_log_written_anew_as_a_whole_is_found_without_the_sites_key) {
    SiteLog site;
    site.fill(4);
    SiteLog forger;  // has another key
    forger.fill(3);
    forger.log().append(AuditEvent::delivery, some_delivery(99));
    site.set_content(forger.content());
    BOOST_TEST((site.verify().state == State::broken));
    site.set_content(forger.content("audit.head"), "audit.head");
    const auto result = site.verify();
    BOOST_TEST((result.state == State::broken));
    BOOST_TEST(has(result.faults, "audit.head: "));
}

BOOST_AUTO_TEST_CASE(a_head_that_is_missing_old_or_of_another_state_is_found) {
    SiteLog site;
    site.fill(3);
    const auto old_head = site.content("audit.head");
    site.fill(3);
    const auto head = site.content("audit.head");
    std::filesystem::remove(site.file("audit.head"));
    BOOST_TEST(has(site.verify().faults, "audit.head is missing"));
    site.set_content(old_head, "audit.head");
    BOOST_TEST(has(site.verify().faults, "goes on after the signed head"));
    site.set_content("", "audit.head");
    BOOST_TEST((site.verify().state == State::broken));
    site.set_content(head, "audit.head");
    BOOST_TEST((site.verify().state == State::sound));
}

BOOST_AUTO_TEST_CASE(an_older_state_of_the_whole_folder_is_found_by_a_head_that_was_noted) {
    SiteLog site;
    site.fill(3);
    const auto log = site.content();
    const auto old_head = site.content("audit.head");
    site.fill(3);
    const auto noted = *site.log().head();
    const std::vector<AuditAnchor> anchor{{noted.sequence, noted.hash}};
    BOOST_TEST((site.verify(anchor).state == State::sound));
    site.fill(4);
    BOOST_TEST((site.verify(anchor).state == State::sound));
    site.set_content(log);
    site.set_content(old_head, "audit.head");
    BOOST_TEST((site.verify().state == State::sound));  // what no log can tell of itself
    const auto result = site.verify(anchor);
    BOOST_TEST((result.state == State::broken));
    BOOST_TEST(has(result.faults, "older state"));
}

BOOST_AUTO_TEST_CASE(a_missing_or_additional_file_is_found) {
    SiteLog site;
    site.fill(10, 1000);
    BOOST_REQUIRE((site.verify().state == State::sound));
    for (const std::string name : {"audit-000001.log", "audit-000002.log", "audit-000003.log"}) {
        const auto content = site.content(name);
        std::filesystem::remove(site.file(name));
        BOOST_TEST(has(site.verify().faults, name), name);
        site.set_content(content, name);
    }
    site.set_content("", "audit-000009.log");
    BOOST_TEST(has(site.verify().faults, "audit-000009.log is newer than the signed head"));
    std::filesystem::remove(site.file("audit-000009.log"));
    BOOST_TEST((site.verify().state == State::sound));
}

BOOST_AUTO_TEST_CASE(faults_are_told_with_file_and_line_and_have_an_end) {
    SiteLog site;
    site.fill(4);
    auto lines = site.lines();
    lines[1].replace(lines[1].find("\"bytes\":1000"), 12, "\"bytes\":2000");
    site.set_content(lines[0] + lines[1] + lines[2] + lines[3]);
    const auto result = site.verify();
    BOOST_REQUIRE(result.faults.size() == 1U);
    BOOST_TEST(result.faults[0].starts_with("audit-000001.log:3: the line before it"));
    std::string rubbish;
    for (int i = 0; i < 5000; ++i) {
        rubbish += "rubbish\n";
    }
    site.set_content(rubbish);
    BOOST_TEST(site.verify().faults.size() == 100U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_is_a_note) {
    SiteLog site;
    site.fill(3);
    site.clock.time -= std::chrono::seconds(90);
    site.log().append(AuditEvent::delivery, some_delivery(1));
    BOOST_TEST(joined(site.verify().notes) == "");  // a correction
    site.clock.time -= std::chrono::hours(1);
    site.log().append(AuditEvent::delivery, some_delivery(1));
    const auto result = site.verify();
    BOOST_TEST((result.state == State::sound));
    BOOST_TEST(has(result.notes, "audit-000001.log:5: its time"));
}

BOOST_AUTO_TEST_CASE(no_log_is_no_sound_log) {
    SiteLog site;
    BOOST_TEST(has(site.verify().faults, "no audit log"));
}

BOOST_AUTO_TEST_CASE(a_log_is_verified_while_it_is_written) {
    SiteLog site;
    site.fill(2);
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (int i = 0; i < 30; ++i) {
            site.log(2000).append(AuditEvent::delivery, some_delivery(1));
        }
        done = true;
    });
    while (!done) {
        BOOST_TEST((site.verify().state == State::sound));
    }
    writer.join();
}

BOOST_AUTO_TEST_SUITE_END()
