// CsvSource and the one file that it reads: from opening to its last group.

#include <utility>

#include "agent/platform/error.h"
#include "plugins/csv/csv_source.h"
#include "plugins/csv/current_file.h"

namespace tributary::csv {

void CsvSource::open(const std::string& name, const WatchedFile& file) {
    looked_since_last_file_ = false;
    try {
        auto current = std::make_unique<Current>(Current{
            name, file.stamp, file.stream,
            FileReader(files_, folder_.path_of(name), file.stamp, options_.streams[file.stream], options_.limits)});
        current_ = std::move(current);
        if (current_->reader.change() != FileReader::Change::none) {
            stop_reading(current_->reader.change());
        }
    } catch (const Error& error) {
        auto& watched = folder_.find(name)->second;
        watched.verdict = Verdict::next_run;
        if (error.code() != ErrorCode::not_found && !std::exchange(watched.complained, true)) {
            log(TRIBUTARY_LOG_ERROR, "'" + name + "' is not taken: " + error.what());
        }
    }
}

bool CsvSource::advance(sdk::Group& group) {
    try {
        return advance_unguarded(group);
    } catch (const BadFile& bad) {
        // What looks bad may be a file in the middle of being written.
        if (unchanged()) {
            unreadable(bad.what());
        }
        return false;
    }
}

bool CsvSource::advance_unguarded(sdk::Group& group) {
    auto& current = *current_;
    if (!current.judged) {
        if (current.reader.examine() && unchanged()) {
            judge();
        }
        return false;
    }
    if (!current.at_records) {
        if (current.reader.read_header()) {
            current.at_records = resume_table();
        }
        return false;
    }
    Piece piece;
    return current.reader.table().step(piece) && hand_out(piece, group);
}

bool CsvSource::unchanged() {
    const auto change = current_->reader.change();
    if (change == FileReader::Change::none) {
        return true;
    }
    stop_reading(change);
    return false;
}

void CsvSource::judge() {
    auto& current = *current_;
    current.judged = true;
    current.progress.name = current.name;
    current.progress.digest = current.reader.digest();
    if (host_.marked(current.reader.digest())) {
        already_taken();
    } else if (taken_in_run_.count(current.reader.digest()) > 0) {
        log(TRIBUTARY_LOG_INFO,
            "'" + current.name + "' has the content of a file taken in this run and is passed over");
        aftercare_.plan(sequence_, current.name, current.stamp);
        finish(Verdict::handed_out);
    } else if (held_back()) {
        finish(Verdict::held);
    }
}

void CsvSource::already_taken() {
    log(TRIBUTARY_LOG_INFO, "'" + current_->name + "' was taken before (the content is the same) and is passed over");
    held_changed_ = held_changed_ || held_.by_digest(current_->reader.digest()) != nullptr;
    held_.remove(current_->reader.digest());
    aftercare_.tidy(current_->name, current_->stamp);
    finish(Verdict::taken);
}

bool CsvSource::held_back() {
    auto& current = *current_;
    const auto queued = [](const HeldFile& held) { return std::to_string(held.progress.queued()); };
    if (auto* held = held_.by_digest(current.reader.digest())) {
        if (held->reason == HoldReason::unreadable ||
            (held->reason == HoldReason::bad_rows && held->progress.rejected > options_.limits.bad_rows)) {
            held_changed_ = held_changed_ || (held->gone && held->progress.name == current.name);
            held->gone = held->gone && held->progress.name != current.name;
            log(TRIBUTARY_LOG_ERROR,
                "'" + current.name + "' is on hold: " + queued(*held) + " rows of it are queued, " +
                    (held->reason == HoldReason::unreadable ? "the rest cannot be read"
                                                            : "and it has more bad rows than bad_row_limit allows") +
                    ". Remove it to give up the rest");
            return true;
        }
        current.progress = held->progress;
        current.progress.name = current.name;
        current.resumed = true;
        held_.remove(current.reader.digest());
        return false;
    }
    auto* namesake = held_.by_name(current.name);
    if (namesake == nullptr) {
        return false;
    }
    if (namesake->progress.queued() == 0) {
        held_.remove(namesake->progress.digest);  // nothing of it left: what has its name now is simply another file
        held_changed_ = true;
        return false;
    }
    if (std::exchange(namesake->reason, HoldReason::changed) != HoldReason::changed) {
        held_changed_ = true;
    }
    log(TRIBUTARY_LOG_ERROR,
        "'" + current.name + "' is on hold: " + queued(*namesake) +
            " rows were queued of another content of this file. Put that content back to have its "
            "rest taken, or remove the file to give up the rest; then this one can be dropped anew");
    return true;
}

bool CsvSource::resume_table() {
    auto& current = *current_;
    auto& table = current.reader.table();
    if (!current.resumed) {
        for (const auto& warning : table.warnings()) {
            log(TRIBUTARY_LOG_WARNING, "'" + current.name + "': " + warning);
        }
        if (table.mark_overruled_option()) {
            log(TRIBUTARY_LOG_WARNING, "'" + current.name +
                                           "' begins with a byte order mark of another encoding than "
                                           "configured; it is read as what the mark says");
        }
        if (table.names().empty()) {
            log(TRIBUTARY_LOG_WARNING, "'" + current.name + "' is empty");
        }
        current.progress.encoding = table.encoding();
        return true;
    }
    if (table.encoding() != current.progress.encoding) {
        throw BadFile("the stream's encoding was changed while the file was half taken; set it back for this file");
    }
    table.resume(current.progress.offset, current.progress.next_row, current.progress.rejected);
    log(TRIBUTARY_LOG_INFO, "'" + current.name + "' goes on at row " + std::to_string(current.progress.next_row));
    return true;
}

bool CsvSource::hand_out(Piece& piece, sdk::Group& group) {
    auto& current = *current_;
    auto& table = current.reader.table();
    sdk::Batch batch;
    batch.array = piece.array;  // released with the batch if it goes no further
    if (!unchanged()) {
        return false;
    }
    if (piece.rows > 0) {
        batch.stream = static_cast<std::uint32_t>(current.stream);
        batch.first_row = piece.first_row;
        batch.origin = current.name;
        if (!std::exchange(current.schema_sent, true)) {
            batch.schema = sdk::utf8_schema(table.names());
        }
        group.batches.push_back(std::move(batch));
    }
    for (std::size_t i = 0; i < row_fault_count; ++i) {
        if (const auto& rejected = piece.rejected[i]; rejected.count > 0) {
            group.rejections.push_back({static_cast<std::uint32_t>(current.stream), rejected.first_row, rejected.count,
                                        std::string(to_string(static_cast<RowFault>(i)))});
        }
    }
    report_rejected(piece);
    current.progress.offset = table.offset();
    current.progress.next_row = table.next_row();
    current.progress.rejected = table.rejected();
    if (table.rejected() > options_.limits.bad_rows) {
        log(TRIBUTARY_LOG_ERROR,
            "'" + current.name + "' is on hold: " + std::to_string(table.rejected()) + " of its first " +
                std::to_string(table.next_row() - 1) +
                " rows cannot be read (see the rows named above), bad_row_limit is " +
                std::to_string(options_.limits.bad_rows) + ". " + std::to_string(current.progress.queued()) +
                " rows are queued. Check the delimiter, quote and encoding; raise the limit to have "
                "the rest taken, or remove the file to give it up");
        hold(current.progress, HoldReason::bad_rows, false);
        finish(Verdict::held);
    } else if (piece.end && current.progress.queued() == 0 && table.rejected() > 0) {
        log(TRIBUTARY_LOG_ERROR,
            "'" + current.name + "' is on hold: none of its " + std::to_string(table.rejected()) +
                " rows can be read (see the rows named above). Check the delimiter, quote and encoding, or remove the "
                "file to give it up");
        hold(current.progress, HoldReason::bad_rows, false);
        finish(Verdict::held);
    } else if (piece.end) {
        complete(group);
    }
    put_checkpoint(group);
    return true;
}

void CsvSource::complete(sdk::Group& group) {
    auto& current = *current_;
    const auto& digest = current.reader.digest();
    log(TRIBUTARY_LOG_INFO,
        "'" + current.name + "' is read: " + std::to_string(current.progress.queued()) + " rows" +
            (current.progress.rejected == 0 ? std::string()
                                            : ", " + std::to_string(current.progress.rejected) + " rejected"));
    group.marks.push_back(digest);
    taken_in_run_.insert(digest);
    aftercare_.plan(sequence_ + 1, current.name, current.stamp);
    finish(Verdict::handed_out);
}

void CsvSource::report_rejected(const Piece& piece) {
    constexpr unsigned most_reported = 10;
    auto& current = *current_;
    for (std::size_t i = 0; i < row_fault_count; ++i) {
        const auto& rejected = piece.rejected[i];
        if (rejected.count == 0 || current.reported >= most_reported) {
            continue;
        }
        ++current.reported;
        const auto fault = static_cast<RowFault>(i);
        std::string text = "'" + current.name + "' row " + std::to_string(rejected.first_row) + ": left out, " +
                           std::string(to_string(fault));
        if (fault == RowFault::ragged_row) {
            text += " (" + std::to_string(rejected.fields) + " values for " +
                    std::to_string(current.reader.table().names().size()) + " columns)";
        }
        if (rejected.count > 1) {
            text += "; and " + std::to_string(rejected.count - 1) + " more soon after it";
        }
        log(TRIBUTARY_LOG_WARNING, text + (current.reported == most_reported ? "; further ones are only counted" : ""));
    }
}

void CsvSource::stop_reading(FileReader::Change change) {
    auto& current = *current_;
    const bool vanished = change == FileReader::Change::vanished;
    if (current.progress.next_row == 1) {
        log(TRIBUTARY_LOG_INFO, "'" + current.name +
                                    (vanished ? "' went away before it was read"
                                              : "' is still being written; it is looked at again later"));
    } else {
        log(TRIBUTARY_LOG_ERROR, "'" + current.name + "' " + (vanished ? "went away" : "changed") +
                                     " while it was read; " + std::to_string(current.progress.queued()) +
                                     " rows of it are queued. Put the same file back to have the rest taken" +
                                     (vanished ? "" : ", or remove it to give up the rest"));
        hold(current.progress, HoldReason::changed, vanished);
    }
    folder_.unsettle(current.name);
    current_.reset();
}

void CsvSource::unreadable(const std::string& why) {
    auto& current = *current_;
    if (current.progress.next_row == 1) {
        log(TRIBUTARY_LOG_ERROR, "'" + current.name + "' is not taken: " + why);
        finish(Verdict::refused);
        return;
    }
    log(TRIBUTARY_LOG_ERROR,
        "'" + current.name + "' is on hold after row " + std::to_string(current.progress.next_row - 1) + ": " + why +
            ". " + std::to_string(current.progress.queued()) + " rows of it are queued. Remove it to give up the rest");
    hold(current.progress, HoldReason::unreadable, false);
    finish(Verdict::held);
}

void CsvSource::hold(FileProgress progress, HoldReason reason, bool gone) {
    held_changed_ = true;
    if (auto given_up = held_.add({std::move(progress), reason, gone})) {
        log(TRIBUTARY_LOG_ERROR, "too many files are on hold; the rest of '" + given_up->progress.name +
                                     "' after row " + std::to_string(given_up->progress.next_row - 1) +
                                     " is given up for good");
        marks_.push_back(std::move(given_up->progress.digest));
    }
}

void CsvSource::finish(Verdict verdict) {
    if (const auto file = folder_.find(current_->name); file != folder_.end()) {
        file->second.verdict = verdict;
    }
    current_.reset();
}

}  // namespace tributary::csv
