#include "service/repository/commands.h"

#include <Poco/ErrorHandler.h>
#include <Poco/Exception.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <thread>

#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "agent/platform/utf8.h"
#include "service/repository/opening.h"
#include "service/repository/server.h"
#include "service/repository/service_keys.h"
#include "service/repository/store_identity.h"
#include "service/repository/verifier.h"

namespace tributary {
namespace {

constexpr std::size_t longest_line = 1000;
constexpr std::size_t most_runs = 100'000;
constexpr std::chrono::milliseconds look_interval = std::chrono::seconds(2);

/// What ends a connection's thread: broken handshakes and the like. For whoever looks for the reason only; anyone who
/// reaches the port can cause them.
class ConnectionErrors : public Poco::ErrorHandler {
  public:
    explicit ConnectionErrors(Log& log) : log_(log), before_(Poco::ErrorHandler::set(this)) {}
    ~ConnectionErrors() override { Poco::ErrorHandler::set(before_); }
    ConnectionErrors(const ConnectionErrors&) = delete;
    ConnectionErrors& operator=(const ConnectionErrors&) = delete;

    void exception(const Poco::Exception& fault) override {
        log_.debug("a connection ended", {{"reason", clean_text(fault.displayText())}});
    }
    void exception(const std::exception& fault) override {
        log_.error("a connection ended", {{"reason", clean_text(fault.what())}});
    }
    void exception() override { log_.error("a connection ended for an unknown reason"); }

  private:
    Log& log_;
    Poco::ErrorHandler* before_;
};

/// Less if a stop is requested meanwhile.
void rest(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds part(200);
    for (std::chrono::milliseconds rested(0); rested < time && !StopSignal::requested(); rested += part) {
        std::this_thread::sleep_for(part);
    }
}

void print(const Gap& gap) {
    std::cout << "  site " << clean_text(gap.site) << ", stream " << clean_text(gap.stream) << ": ";
    if (gap.generation > 1) {
        std::cout << "numbering " << gap.generation << ", ";
    }
    if (gap.kind == Gap::Kind::restart) {
        std::cout << "the site has begun to number the stream anew, as its queue was lost or damaged; what it had not "
                     "delivered before may be missing";
    } else if (gap.kind == Gap::Kind::chain) {
        std::cout << "the manifest of sequence " << gap.first << " does not name the hash of the one before";
    } else if (gap.first == gap.last) {
        std::cout << "sequence " << gap.first << " is missing";
    } else {
        std::cout << "sequences " << gap.first << " to " << gap.last << " are missing";
    }
    std::cout << " (noticed " << to_rfc3339(gap.noticed);
    if (gap.closed) {
        std::cout << (gap.settled.empty() ? ", closed " : ", settled ") << to_rfc3339(*gap.closed);
    }
    if (!gap.settled.empty()) {
        std::cout << ": " << clean_text(gap.settled, longest_line);
    }
    std::cout << ")\n";
}

void print(const Verification& result) {
    for (const std::string& fault : result.faults) {
        std::cout << "FAULT " << clean_text(fault, longest_line) << '\n';
    }
    if (!result.gaps.empty()) {
        std::cout << "gaps and chain breaks:\n";
        for (const Gap& gap : result.gaps) {
            print(gap);
        }
    }
    for (const std::string& stray : result.strays) {
        std::cout
            << "note: " << stray
            << " is not in the ledger: either a crash came before it was acknowledged, or the ledger is older than "
               "the store\n";
    }
    std::cout << result.chunks << " chunks, " << result.rows << " rows, " << result.sealed_bytes << " sealed bytes; "
              << result.landed << " landed, " << result.waiting << " wait to be landed; " << result.runs
              << " run manifests; " << result.faults.size() << " faults, " << result.gaps.size()
              << " gaps and chain breaks\n"
              << (result.sound() ? "verified: all is as it was acknowledged\n" : "NOT SOUND\n");
}

}  // namespace

int init_repository(const std::filesystem::path& folder) {
    FileSystem& files = system_files();
    const std::filesystem::path file = folder / "repository.yaml";
    if (files.exists(file)) {
        throw Error(ErrorCode::configuration, file.string() + " is there already; it was left as it is");
    }
    files.create_folders(folder);
    write_file_durably(files, file, example_service_configuration());
    std::cout
        << "wrote " << file.string()
        << "\nPut the certificates and keys that it names beside it, then:\n  tributary-repository serve --config "
        << file.string() << '\n';
    return 0;
}

int serve_repository(const std::filesystem::path& configuration) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Log log(settings.log);
    StopSignal::install();
    ConnectionErrors errors(log);
    RepositoryServer server(settings, system_files(), system_clock(), log);
    server.start();
    StopSignal::wait();
    log.info("stopping");
    server.stop();
    log.info("stopped");
    return 0;
}

int open_chunks(const std::filesystem::path& configuration, bool once) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Log log(settings.log);
    StopSignal::install();
    Ledger ledger(settings.ledger, LedgerAccess::write);
    hold_to_store(ledger, system_files(), settings.store);
    Store store(system_files(), settings.store, settings.uploads_per_site);
    Opening opening(settings, ledger, store, system_files(), system_clock(), log, Opening::WhenTaken::refuse);
    Lander& lander = opening.lander();
    lander.start();
    while (!StopSignal::requested() && !(lander.wait_until_idle(look_interval) && once)) {
        rest(look_interval);
        lander.wake();
    }
    lander.stop();
    return once && !ledger.to_land(1).empty() ? 1 : 0;
}

int verify_repository(const std::filesystem::path& configuration) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::read);
    Verifier verifier(ledger, system_files(), settings.store, settings.landing,
                      load_receipt_signers(system_files(), settings));
    const bool terminal = Terminal::error_is_terminal();
    const Verification result = verifier.run([&](const Verification& so_far) {
        if (terminal && so_far.chunks % 64 == 0) {
            std::cerr << '\r' << so_far.chunks << " chunks" << std::flush;
        }
    });
    if (terminal) {
        std::cerr << "\r\x1b[K" << std::flush;
    }
    print(result);
    return result.sound() ? 0 : 1;
}

int show_status(const std::filesystem::path& configuration) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::read);
    std::cout << std::left << std::setw(14) << "site" << std::setw(24) << "stream" << std::right << std::setw(10)
              << "chunks" << std::setw(14) << "rows" << std::setw(16) << "sealed bytes" << std::setw(10) << "landed"
              << std::setw(12) << "unopenable" << std::setw(10) << "last seq"
              << "  last received\n";
    for (const StreamTotals& totals : ledger.totals()) {
        std::cout << std::left << std::setw(14) << clean_text(totals.site) << std::setw(24) << clean_text(totals.stream)
                  << std::right << std::setw(10) << totals.chunks << std::setw(14) << totals.rows << std::setw(16)
                  << totals.sealed_bytes << std::setw(10) << totals.landed << std::setw(12) << totals.unopenable
                  << std::setw(10) << totals.last_sequence << "  " << to_rfc3339(totals.last_received) << '\n';
    }
    const std::size_t gaps = ledger.gaps(false).size();
    if (gaps > 0) {
        std::cout << gaps << " open gaps or chain breaks; see tributary-repository gaps\n";
    }
    const std::vector<RunProgress> runs = ledger.runs(false, most_runs);
    if (!runs.empty()) {
        const TimePoint now = system_clock().now();
        std::cout << runs.size() << " runs are not whole, "
                  << std::count_if(runs.begin(), runs.end(), [&](const RunProgress& run) { return run.late(now); })
                  << " of them late; see tributary-repository runs\n";
    }
    return 0;
}

int show_gaps(const std::filesystem::path& configuration, bool also_closed) {
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::read);
    const std::vector<Gap> gaps = ledger.gaps(also_closed);
    for (const Gap& gap : gaps) {
        print(gap);
    }
    if (gaps.empty()) {
        std::cout << "no gaps: every stream is whole\n";
    }
    return 0;
}

int settle_stream(const std::filesystem::path& configuration, const std::string& site, const std::string& stream,
                  const std::string& reason) {
    if (!is_site(site) || !is_stream(stream)) {
        throw Error(ErrorCode::input,
                    "'settle' takes the code of a site and the name of a stream, as 'gaps' shows them");
    }
    if (reason.empty()) {
        throw Error(ErrorCode::input, "a reason is needed: --reason TEXT");
    }
    const ServiceConfiguration settings = load_service_configuration(configuration);
    Ledger ledger(settings.ledger, LedgerAccess::write);
    const Settled settled = ledger.settle(site, stream, reason, system_clock().now());
    if (settled.gaps + settled.runs == 0) {
        throw Error(ErrorCode::not_found, "there is nothing to settle: stream " + stream + " of site " + site +
                                              " has no open gap, and no run that is late or of an earlier queue");
    }
    std::cout << settled.gaps << " gaps and " << settled.runs
              << " runs are settled: nobody waits for what is missing of them. What comes all the same is taken.\n";
    return 0;
}

}  // namespace tributary
