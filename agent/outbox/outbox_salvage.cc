#include "agent/outbox/outbox_salvage.h"

#include <optional>

#include "agent/outbox/outbox_implementation.h"
#include "agent/outbox/outbox_schema.h"
#include "agent/outbox/salvager.h"
#include "agent/outbox/write_ahead_log.h"
#include "agent/platform/error.h"
#include "agent/platform/fault_point.h"
#include "agent/platform/file.h"

namespace tributary {

namespace {

std::filesystem::path beside(const std::filesystem::path& file, const std::string& ending) {
    auto path = file;
    path += ending;
    return path;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// "queue.db.damaged-20261123T183000123Z".
std::filesystem::path name_aside(const std::filesystem::path& file, TimePoint now) {
    auto time = to_rfc3339(now);
    std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
    auto aside = beside(file, ".damaged-" + time);
    while (system_files().exists(aside)) {
        aside += "+";
    }
    return aside;
}

/// False if nothing of the file can be read.
bool open_damaged(const std::filesystem::path& file, std::optional<Database>& damaged) {
    try {
        damaged.emplace(file, Database::Access::write);
        damaged->leave_log();
        damaged->integer("SELECT count(*) FROM sqlite_master");
        return true;
    } catch (const Error&) {
        return false;
    }
}

void remove_database(FileSystem& files, const std::filesystem::path& file) {
    for (const char* ending : {"", "-wal", "-shm"}) {
        if (const auto path = beside(file, ending); files.exists(path)) {
            files.remove(path);
        }
    }
}

/// A log beside a database that it does not belong to would be played into it: it goes first.
std::filesystem::path put_in_place(const std::filesystem::path& file, TimePoint now) {
    auto& files = system_files();
    auto aside = name_aside(file, now);
    if (const auto log = beside(file, "-wal"); files.exists(log)) {
        files.rename(log, beside(aside, "-wal"));
    }
    if (const auto index = beside(file, "-shm"); files.exists(index)) {
        files.remove(index);
    }
    if (files.exists(file)) {
        files.rename(file, aside);
    }
    files.sync_folder(folder_of(file));
    fault_point(FaultPoint::salvage_moved);
    files.rename(beside(file, ".salvaged"), file);
    files.sync_folder(folder_of(file));
    return aside;
}

}  // namespace

QueueSalvage salvage_outbox(const std::filesystem::path& file, const std::string& site, Clock& clock) {
    auto& files = system_files();
    const auto saving = beside(file, ".saving");
    remove_database(files, saving);
    QueueSalvage result;
    {
        const bool log_damaged = write_ahead_log_is_damaged(files, file);
        const auto fresh = open_outbox_to_write(saving, site);
        std::optional<Database> damaged;
        const bool opened = open_damaged(file, damaged);
        if (opened) {
            result = save_what_is_whole(*damaged, *fresh, site);
        } else {
            result.lost.emplace_back("nothing of the file can be read");
        }
        result.positions_lost = result.positions_lost || !opened || log_damaged;
        note_loss(*fresh, clock.now(), result.positions_lost);
    }
    files.rename(saving, beside(file, ".salvaged"));  // closed, so that it has no log of its own
    files.sync_folder(folder_of(file));
    fault_point(FaultPoint::salvage_saved);
    result.aside = put_in_place(file, clock.now());
    return result;
}

void finish_salvage(const std::filesystem::path& file, Clock& clock) {
    auto& files = system_files();
    if (files.exists(beside(file, ".salvaged"))) {
        put_in_place(file, clock.now());
    }
    remove_database(files, beside(file, ".saving"));
}

}  // namespace tributary
