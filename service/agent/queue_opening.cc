#include "service/agent/queue_opening.h"

#include "agent/outbox/outbox.h"
#include "agent/outbox/write_ahead_log.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"

namespace tributary {

namespace {

bool is_damaged(const std::filesystem::path& file, const std::string& site, Clock& clock, Log& log) {
    try {
        const auto faults = Outbox(file, site, clock).check_tables();
        for (const auto& fault : faults) {
            log.error("the queue file is damaged", {{"fault", fault}});
        }
        return !faults.empty();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::corrupt) {
            throw;
        }
        log.error("the queue file is damaged", {{"fault", error.what()}});
        return true;
    }
}

void tell(const QueueSalvage& salvage, Log& log) {
    for (const auto& lost : salvage.lost) {
        log.error("a part of the damaged queue could not be saved", {{"part", lost}});
    }
    log.error("the damaged queue was moved aside, and the agent goes on with a new one",
              {{"file", salvage.aside.string()},
               {"chunks_saved", salvage.chunks},
               {"lost", salvage.lost.size()},
               {"receipts_saved", salvage.receipts}});
}

QueueOpening open_or_salvage(const std::filesystem::path& file, const std::string& site, bool known_damaged,
                             Clock& clock, Log& log) {
    auto& files = system_files();
    finish_salvage(file, clock);
    QueueOpening opening;
    opening.was_missing = !files.exists(file);
    if (opening.was_missing) {
        return opening;
    }
    bool damaged = known_damaged;
    if (write_ahead_log_is_damaged(files, file)) {
        log.error("the queue's write-ahead log is damaged: the last transactions before this start are lost");
        damaged = true;
    }
    if (damaged || is_damaged(file, site, clock, log)) {
        opening.salvage = salvage_outbox(file, site, clock);
        tell(*opening.salvage, log);
    }
    return opening;
}

}  // namespace

QueueOpening prepare_queue(const Installation& installation, bool known_damaged, Clock& clock, Log& log) {
    const auto file = installation.queue_file();
    const auto& configuration = installation.configuration();
    try {
        return open_or_salvage(file, configuration.site, known_damaged, clock, log);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::storage || !Outbox::reserve_of(file, configuration.queue.reserve).give_up()) {
            throw;
        }
        log.warning("the queue's disk is full; its reserve was given up", {{"error", error.what()}});
        return open_or_salvage(file, configuration.site, known_damaged, clock, log);
    }
}

std::string positions_lost_text(TimePoint since) {
    return "since " + to_rfc3339(since) +
           " it is not known where the sources stood, as the queue was damaged or lost: records could be delivered "
           "twice, or never. No source runs until 'tributary queue resume --reason TEXT' says how it was decided";
}

}  // namespace tributary
