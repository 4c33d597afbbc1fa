#include "agent/outbox/guarded_encoder.h"

#include <Poco/JSON/Object.h>

#include <algorithm>
#include <utility>

#include "agent/keys/envelope.h"
#include "agent/keys/json.h"
#include "agent/platform/process.h"

namespace tributary {

GuardedEncoder::GuardedEncoder(RecordFormat format, Output output)
    : encoder_(Encoder::create(format)), output_(std::move(output)) {}

GuardedEncoder::~GuardedEncoder() {
    clear();
}

std::vector<std::size_t> GuardedEncoder::encode(const DeidentifiedBatch& batch, Quality& quality) {
    batch_ = &batch;
    next_row_ = 0;
    withheld_.clear();
    held_of_batch_.clear();
    encoder_->encode(batch, pieces_);
    for (const auto& [reason, count] : withheld_) {
        quality.withheld[reason] += count;
        held_reasons_[reason] += count;
    }
    return std::move(held_of_batch_);
}

std::optional<HeldRows> GuardedEncoder::take_held(const std::string& stream, const Certificate& site) {
    if (held_rows_.empty()) {
        return std::nullopt;
    }
    HeldRows held{stream, std::exchange(held_reasons_, {}), seal(held_rows_, site)};
    clear();
    return held;
}

void GuardedEncoder::clear() {
    wipe(held_rows_.data(), held_rows_.size());
    held_rows_.clear();
    held_reasons_.clear();
}

/// Rows of the batch in hand, as they were encoded: those that may leave go on, the others aside.
void GuardedEncoder::take_rows(const EncodedPiece& piece) {
    const std::size_t first = next_row_;
    next_row_ += piece.row_ends.size();
    found_.clear();
    guard_.check(piece.bytes, piece.row_ends, *batch_, first, found_);
    for (const HeldRow& held : batch_->held()) {
        if (held.row >= first && held.row < next_row_) {
            found_.push_back(held);
        }
    }
    if (found_.empty()) {
        output_(piece.bytes, piece.row_ends.size());
        return;
    }
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
    std::size_t done = 0;      // bytes
    std::size_t next = first;  // row
    std::size_t last = next_row_;
    for (const HeldRow& held : found_) {
        if (held.row == last) {
            continue;
        }
        last = held.row;
        held_of_batch_.push_back(held.row);
        const std::size_t index = held.row - first;
        const std::size_t begin = index == 0 ? 0 : piece.row_ends[index - 1];
        pass_on(piece.bytes.substr(done, begin - done), held.row - next);
        done = piece.row_ends[index];
        next = held.row + 1;
        hold(held, piece.bytes.substr(begin, done - begin));
    }
    pass_on(piece.bytes.substr(done), next_row_ - next);
}

void GuardedEncoder::pass_on(std::string_view rows, std::uint64_t count) {
    if (count > 0) {
        output_(rows, count);
    }
}

void GuardedEncoder::hold(const HeldRow& row, std::string_view encoded) {
    const auto& fields = batch_->schema().fields;
    Poco::JSON::Object object;
    object.set("column", row.column < fields.size() ? fields[row.column].name : "");
    object.set("origin", batch_->origin());
    object.set("reason", std::string(row.reason));
    object.set("record", std::string(encoded));
    object.set("row", batch_->source_row(row.row));
    held_rows_ += json_text(object) + "\n";
    ++withheld_[std::string(row.reason)];
}

}  // namespace tributary
