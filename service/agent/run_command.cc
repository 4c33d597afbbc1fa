#include <Poco/Util/Option.h>

#include <iostream>
#include <thread>

#include "agent/platform/process.h"
#include "service/agent/agent.h"
#include "service/agent/commands.h"
#include "service/agent/progress.h"
#include "service/agent/report.h"

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
    return deliver && queue.queued_chunks + queue.quarantined_chunks > 0 ? exit_undelivered : exit_ok;
}

int serve(Agent& agent, Log& log) {
    std::thread waker([&agent] {
        StopSignal::wait();
        agent.wake();
    });
    agent.run(StopSignal::requested);
    StopSignal::request();
    waker.join();
    log.info("agent stopped");
    return exit_ok;
}

int run(const CommandLine& line) {
    StopSignal::install();
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
    Agent agent(*installation, system_clock(), log);
    log.info("agent starts",
             {{"site", installation->configuration().site}, {"sources", installation->sources().size()}});
    const bool all_usable = installation->sources().size() == installation->configuration().sources.size();
    return line.has("once") ? once(agent, log, !line.has("no-upload"), all_usable) : serve(agent, log);
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
