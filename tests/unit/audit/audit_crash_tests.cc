// The log on a disk that fails, or loses what was not synced, at each step of its writing.
#include <boost/test/unit_test.hpp>

#include "agent/audit/audit_files.h"
#include "agent/audit/audit_line.h"
#include "agent/platform/error.h"
#include "tests/integration/delivery/faulty_files.h"
#include "tests/unit/audit/site_log.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::uint64_t rotate_bytes = 500;  // a new file after every second line

/// Appends deliveries until one fails; how many went through.
std::uint64_t append_until_failure(AuditLog& log, std::uint64_t most) {
    for (std::uint64_t i = 0; i < most; ++i) {
        try {
            log.append(AuditEvent::delivery, some_delivery(i + 1));
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::storage));
            return i;
        }
    }
    return most;
}

/// The deliveries in the log, by their number.
std::vector<std::uint64_t> deliveries(const SiteLog& site) {
    std::vector<std::uint64_t> found;
    for (const auto number : audit_file_numbers(system_files(), site.data.path() / "audit")) {
        for (const auto& text : site.lines(audit_file_name(number))) {
            const auto line = parse_audit_line(text.substr(0, text.size() - 1));
            if (line.event == "delivery") {
                for (const auto& detail : line.details) {
                    if (detail.name == "chunks") {
                        found.push_back(std::get<std::uint64_t>(detail.value));
                    }
                }
            }
        }
    }
    return found;
}

bool contains_all_up_to(const std::vector<std::uint64_t>& found, std::uint64_t last) {
    for (std::uint64_t i = 1; i <= last; ++i) {
        if (i > found.size() || found[i - 1] != i) {
            return false;
        }
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_crash_tests)

BOOST_AUTO_TEST_CASE(a_power_cut_at_any_step_loses_no_event_and_looks_like_no_tampering) {
    constexpr std::uint64_t events = 6;
    int step = 0;
    for (std::uint64_t done = 0; done < events; ++step) {
        SiteLog site;
        FaultyFiles files;
        auto log = site.log(rotate_bytes, files);
        files.arm(step);
        done = append_until_failure(log, events);
        files.disarm();
        files.power_cut();
        BOOST_TEST_CONTEXT("step " << step << ", " << done << " events returned") {
            if (std::filesystem::exists(site.data.path() / "audit") &&
                std::filesystem::exists(site.file("audit.head"))) {
                const auto result = site.verify();
                BOOST_TEST(joined(result.faults) == "");
            }
            site.log(rotate_bytes).append(AuditEvent::delivery, some_delivery(99));
            BOOST_TEST(joined(site.verify().faults) == "");
            BOOST_TEST(contains_all_up_to(deliveries(site), done));
            BOOST_TEST(deliveries(site).back() == 99U);
        }
    }
    BOOST_TEST(step > 40);
}

BOOST_AUTO_TEST_CASE(after_a_failed_step_the_same_log_goes_on_even_if_the_power_goes_later) {
    constexpr std::uint64_t events = 4;
    int step = 0;
    for (std::uint64_t done = 0; done < events; ++step) {
        SiteLog site;
        FaultyFiles files;
        auto log = site.log(rotate_bytes, files);
        files.arm(step);
        done = append_until_failure(log, events);
        files.disarm();
        BOOST_TEST_CONTEXT("step " << step) {
            log.append(AuditEvent::delivery, some_delivery(99));
            files.power_cut();
            BOOST_TEST(joined(site.verify().faults) == "");
            BOOST_TEST(contains_all_up_to(deliveries(site), done));
            BOOST_TEST(deliveries(site).back() == 99U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_second_failure_while_a_crash_is_mended_is_mended_too) {
    bool again = true;
    for (int step = 0; again; ++step) {
        SiteLog site;
        site.fill(3);
        const auto whole = site.content();
        site.set_content(whole.substr(0, whole.size() - 20));
        FaultyFiles files;
        auto log = site.log(AuditLog::file_bytes, files);
        files.arm(step);
        again = append_until_failure(log, 1) == 0;
        files.disarm();
        files.power_cut();
        BOOST_TEST_CONTEXT("step " << step) {
            site.log().append(AuditEvent::delivery, some_delivery(99));
            BOOST_TEST(joined(site.verify().faults) == "");
            BOOST_TEST(site.content().starts_with(whole));
        }
    }
}

// A system may show a line that its sync had failed to write, and lose it later.
BOOST_AUTO_TEST_CASE(a_line_that_did_not_reach_the_disk_is_not_left_to_be_seen) {
    bool failed = true;
    for (int step = 0; failed; ++step) {
        SiteLog site;
        site.fill(2);
        const auto whole = site.content();
        FaultyFiles files;
        auto log = site.log(AuditLog::file_bytes, files);
        files.arm(step);
        failed = append_until_failure(log, 1) == 0;
        if (failed) {
            BOOST_TEST(site.content() == whole, "step " << step);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_line_whose_writer_was_killed_before_it_had_synced_is_durable_when_the_log_goes_on) {
    SiteLog site;
    site.fill(3, rotate_bytes);
    const auto whole = site.content();
    const auto last = site.lines().back();
    BOOST_REQUIRE(whole.size() >= rotate_bytes);  // the next line goes into a new file
    FaultyFiles files;
    files.open_at(site.file(), whole.size() - last.size())->write(last);
    site.log(rotate_bytes, files).append(AuditEvent::delivery, some_delivery(99));
    files.power_cut();
    BOOST_TEST(site.content() == whole);
    BOOST_TEST(joined(site.verify().faults) == "");
}

BOOST_AUTO_TEST_SUITE_END()
