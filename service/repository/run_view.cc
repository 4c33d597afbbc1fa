#include <iomanip>
#include <iostream>
#include <sstream>

#include "agent/platform/utf8.h"
#include "service/repository/commands.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/service_configuration.h"

namespace tributary {
namespace {

constexpr std::size_t shown_runs = 1000;

std::string of(std::uint64_t arrived, std::uint64_t all, bool known) {
    return known ? std::to_string(arrived) + "/" + std::to_string(all) : std::to_string(arrived) + "/?";
}

std::string words(const RunProgress& run, TimePoint now) {
    std::string text(to_string(run.state));
    if (run.state != RunProgress::State::open && run.ended_as != RunState::complete) {
        text += ", " + std::string(to_string(run.ended_as));
    }
    if (!run.settled.empty()) {
        return text + ", settled: " + clean_text(run.settled);
    }
    return run.late(now) ? text + ", LATE" : text;
}

void print(const RunProgress& run, TimePoint now) {
    const bool known = run.state != RunProgress::State::open;
    std::cout << std::left << std::setw(14) << clean_text(run.site) << std::setw(24) << clean_text(run.stream)
              << std::setw(34) << clean_text(run.run) << std::right << std::setw(14)
              << of(run.chunks, run.all_chunks, known) << std::setw(22) << of(run.rows, run.all_rows, known) << "  "
              << std::left << std::setw(26) << to_rfc3339(run.began) << std::setw(26) << to_rfc3339(run.latest)
              << words(run, now) << '\n';
}

}  // namespace

int show_runs(const std::filesystem::path& configuration, bool also_whole) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::read);
    const std::vector<RunProgress> runs = ledger.runs(also_whole, shown_runs);
    if (runs.empty()) {
        std::cout << (also_whole ? "no run has arrived yet\n" : "every run that has arrived is whole\n");
        return 0;
    }
    std::cout << std::left << std::setw(14) << "site" << std::setw(24) << "stream" << std::setw(34) << "run"
              << std::right << std::setw(14) << "chunks" << std::setw(22) << "rows"
              << "  " << std::left << std::setw(26) << "began" << std::setw(26) << "latest arrival"
              << "state\n";
    const TimePoint now = system_clock().now();
    for (const RunProgress& run : runs) {
        print(run, now);
    }
    return 0;
}

}  // namespace tributary
