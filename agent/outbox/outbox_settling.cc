// What a person settles: what the repository refused for good, rows that the egress guard held back, and how
// sources go on after a queue was lost.
#include "agent/outbox/outbox.h"
#include "agent/outbox/outbox_implementation.h"
#include "agent/platform/error.h"

namespace tributary {

void Outbox::retry(const std::string& id) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    for (const char* sql : {"UPDATE chunks SET state = 0, next_attempt = ?2 WHERE id = ?1",
                            "UPDATE run_manifests SET state = 0, next_attempt = ?2 WHERE run = ?1 AND state < 2"}) {
        database.query(sql).bind(1, std::string_view(id)).bind(2, implementation_->now()).run();
        if (database.changes() == 1) {
            return;
        }
    }
    fail_unknown(id);
}

void Outbox::discard(const std::string& id) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    // One statement: an agent beside may be about to deliver the chunk, or just have done so.
    for (const char* sql :
         {"DELETE FROM chunks WHERE id = ?1 AND state = 1", "DELETE FROM run_manifests WHERE run = ?1 AND state = 1"}) {
        database.query(sql).bind(1, std::string_view(id)).run();
        if (database.changes() == 1) {
            return;
        }
    }
    auto row = database.query(
        "SELECT 1 FROM chunks WHERE id = ?1 UNION ALL SELECT 1 FROM run_manifests WHERE run = ?1 AND state = 0");
    if (!row.bind(1, std::string_view(id)).step()) {
        fail_unknown(id);
    }
    throw Error(ErrorCode::in_use, id + " waits for delivery; only what the repository refused for good, and what is "
                                        "therefore in quarantine, can be discarded");
}

void Outbox::discard_held_rows(std::uint64_t number) {
    const std::lock_guard lock(implementation_->mutex);
    auto& database = *implementation_->database;
    database.query("DELETE FROM held_rows WHERE number = ?1").bind(1, number).run();
    if (database.changes() != 1) {
        fail_unknown_rows(number);
    }
}

std::string property(Database& database, const char* name) {
    auto row = database.query("SELECT value FROM property WHERE name = ?1");
    return row.bind(1, std::string_view(name)).step() ? row.text(0) : std::string();
}

void note_loss(Database& database, TimePoint now, bool positions) {
    const auto time = to_rfc3339(now);
    Transaction transaction(database);
    for (const char* name : {"after_loss", "positions_lost"}) {
        if (positions || std::string_view(name) == "after_loss") {
            database.query("INSERT OR REPLACE INTO property (name, value) VALUES (?1, ?2)")
                .bind(1, std::string_view(name))
                .bind(2, std::string_view(time))
                .run();
        }
    }
    transaction.commit();
}

void Outbox::note_lost_queue() {
    const std::lock_guard lock(implementation_->mutex);
    note_loss(*implementation_->database, implementation_->clock.now(), true);
}

std::optional<TimePoint> Outbox::positions_lost() const {
    const std::lock_guard lock(implementation_->mutex);
    const auto time = property(*implementation_->database, "positions_lost");
    return time.empty() ? std::nullopt : std::optional(from_rfc3339(time));
}

void Outbox::accept_lost_positions() {
    const std::lock_guard lock(implementation_->mutex);
    implementation_->database->query("DELETE FROM property WHERE name = 'positions_lost'").run();
}

}  // namespace tributary
