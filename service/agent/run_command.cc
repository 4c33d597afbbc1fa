#include <Poco/Util/Option.h>

#include <exception>
#include <iostream>
#include <mutex>
#include <thread>

#include "agent/platform/process.h"
#include "service/agent/agent.h"
#include "service/agent/certificate_renewal.h"
#include "service/agent/certificate_watch.h"
#include "service/agent/commands.h"
#include "service/agent/credential_files.h"
#include "service/agent/progress.h"
#include "service/agent/report.h"
#include "service/agent/repository_certificates.h"

namespace tributary {

namespace {

int once(Agent& agent, Log& log, bool deliver, bool all_usable) {
    RunProgress progress;
    std::atomic<std::uint64_t> delivered{0};
    WorkReport work;
    {
        const ProgressLine line(progress, delivered, log);
        work = agent.run_once(deliver, StopSignal::requested, progress, delivered);
    }
    const auto queue = agent.outbox().totals();
    print_work(std::cout, work, agent.outbox());
    if (work.any_failed || StopSignal::requested()) {
        return exit_failed;
    }
    if (!all_usable) {
        return exit_configuration;
    }
    return deliver && queue.queued_chunks + queue.quarantined_chunks + queue.queued_runs + queue.quarantined_runs > 0
               ? exit_undelivered
               : exit_ok;
}

void log_start(const Installation& installation, Log& log) {
    log.info("agent starts", {{"site", installation.configuration().site}, {"sources", installation.sources().size()}});
}

/// Wakes the agent at work when a stop is asked for.
class StopWatch {
  public:
    StopWatch()
        : thread_([this] {
              StopSignal::wait();
              wake();
          }) {}
    ~StopWatch() {
        StopSignal::request();
        thread_.join();
    }
    StopWatch(const StopWatch&) = delete;
    StopWatch& operator=(const StopWatch&) = delete;

    /// Runs the agent until `stop` says so, which is asked when a stop is requested and after wake(), or it stops by
    /// itself.
    void run(Agent& agent, const std::function<bool()>& stop) {
        const Shift shift(*this, agent);
        agent.run(stop);
    }
    void wake() {
        const std::lock_guard lock(mutex_);
        if (at_work_ != nullptr) {
            at_work_->wake();
        }
    }

  private:
    /// For as long as it lives, the agent is the one at work.
    class Shift {
      public:
        Shift(StopWatch& watch, Agent& agent) : watch_(watch) { set(&agent); }
        ~Shift() { set(nullptr); }
        Shift(const Shift&) = delete;
        Shift& operator=(const Shift&) = delete;

      private:
        void set(Agent* agent) {
            const std::lock_guard lock(watch_.mutex_);
            watch_.at_work_ = agent;
        }
        StopWatch& watch_;
    };

    std::mutex mutex_;
    Agent* at_work_ = nullptr;
    std::thread thread_;
};

void use_renewed(Installation& installation, Log& log) {
    Diagnostics diagnostics;
    installation.reload_credentials(system_files(), system_clock(), diagnostics);
    for (const auto& diagnostic : diagnostics.all()) {
        if (diagnostic.severity == Severity::error) {
            log.error("a new certificate cannot be used", {{"error", to_string(diagnostic)}});
        }
    }
}

/// Agents one after the other: each next one replaces the queue that the one before found damaged, or works with the
/// certificates that came while the one before was at work.
int serve(Installation& installation, Log& log) {
    StopWatch watch;
    CertificateRenewal renewal(installation, system_files(), system_clock(), log);
    RepositoryCertificates repository(installation, system_files(), system_clock(), log);
    for (bool damaged = false;;) {
        bool renewed = false;
        {
            Agent agent(installation, system_clock(), log, damaged);
            log_start(installation, log);
            CertificateWatch certificates(
                [&] {
                    renewal.warn_of_expiry();
                    return renewal.renew_if_due() || repository.learn_if_due(agent.met_unknown_signer());
                },
                [&watch] { watch.wake(); });
            watch.run(agent, [&certificates] { return StopSignal::requested() || certificates.renewed(); });
            damaged = agent.queue_damaged();
            renewed = certificates.renewed();
        }
        if (StopSignal::requested() || !(damaged || renewed)) {
            break;
        }
        if (renewed) {
            use_renewed(installation, log);
        }
    }
    log.info("agent stopped");
    return exit_ok;
}

int run_once(const Installation& installation, Log& log, bool deliver) {
    const bool all_usable = installation.sources().size() == installation.configuration().sources.size();
    {
        Agent agent(installation, system_clock(), log);
        log_start(installation, log);
        try {
            const int result = once(agent, log, deliver, all_usable);
            if (!agent.queue_damaged()) {
                return result;
            }
        } catch (const Error&) {
            if (!agent.queue_damaged()) {
                throw;
            }
        }
    }
    constexpr bool damaged = true;
    Agent agent(installation, system_clock(), log, damaged);
    return once(agent, log, deliver, all_usable);
}

/// What a crash cut off of it. A configuration that cannot be read is told of later.
void complete_renewal(const CommandLine& line) {
    try {
        Diagnostics diagnostics;
        const auto configuration =
            load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
        if (!diagnostics.has_errors() && !FolderLock::held(configuration.data_folder)) {
            CredentialFiles(system_files(), configuration.site, configuration.repository).complete();
        }
    } catch (const Error&) {
        return;
    }
}

int run(const CommandLine& line) {
    StopSignal::install();
    complete_renewal(line);
    Diagnostics diagnostics;
    const auto installation = Installation::load(configuration_file(line), configuration_overrides(line),
                                                 system_files(), system_clock(), diagnostics);
    print_diagnostics(std::cerr, diagnostics);
    if (!installation->configuration_usable() || !installation->credentials()) {
        std::cerr << "Nothing was started. After a change, 'tributary check' tells whether all is right.\n";
        return exit_configuration;
    }
    if (installation->sources().empty() && diagnostics.has_errors()) {
        std::cerr << "No source can run; nothing was started.\n";
        return exit_configuration;
    }
    Log log(installation->configuration().log);
    if (line.has("once")) {
        CertificateRenewal renewal(*installation, system_files(), system_clock(), log);
        renewal.warn_of_expiry();
        RepositoryCertificates repository(*installation, system_files(), system_clock(), log);
        if (!line.has("no-upload") && renewal.renew_if_due()) {
            use_renewed(*installation, log);
        }
        if (!line.has("no-upload") && repository.learn_if_due(false)) {
            use_renewed(*installation, log);
        }
    }
    return line.has("once") ? run_once(*installation, log, !line.has("no-upload")) : serve(*installation, log);
}

}  // namespace

Command run_command() {
    Command command;
    command.name = "run";
    command.summary = "Run the agent in the foreground; with --once, do all due work and exit.";
    command.description =
        "Watches and schedules the sources, queues what they have, and delivers the queue, until SIGTERM or Ctrl-C; "
        "then it finishes the chunk in hand "
        "and stops. A source whose policy, plugin or options have a fault does not start; the others do.\n"
        "Exit codes with --once: 0 all done and delivered; 1 a run failed or was interrupted, or its source reported "
        "errors such "
        "as a file that is not taken (the next run goes on where it stood); 3 a source could not start; 4 chunks wait "
        "for the repository or are in quarantine.\n"
        "Example: tributary run --once --config /etc/tributary/tributary.yaml";
    command.options = configuration_options();
    command.options.addOption(Poco::Util::Option("once", "", "Do all due work, deliver, print a summary and exit."));
    command.options.addOption(Poco::Util::Option("no-upload", "", "With --once: queue only, deliver nothing."));
    command.run = run;
    return command;
}

}  // namespace tributary
