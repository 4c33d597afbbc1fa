#include "agent/outbox/open_rows.h"

#include <utility>

#include "agent/platform/error.h"

namespace tributary {

namespace {

// Counts of a row at a time, so in few bytes: unsigned LEB128 numbers; texts with their length before them.
constexpr unsigned payload_bits = 7;
constexpr unsigned char more = 0x80;

void put(std::string& out, std::uint64_t value) {
    while (value >= more) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(value) | more));
        value >>= payload_bits;
    }
    out.push_back(static_cast<char>(value));
}

void put(std::string& out, const std::map<std::string, std::uint64_t>& counts) {
    put(out, counts.size());
    for (const auto& [reason, count] : counts) {
        put(out, reason.size());
        out += reason;
        put(out, count);
    }
}

class Reading {
  public:
    explicit Reading(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += payload_bits) {
            if (bytes_.empty()) {
                fail();
            }
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= std::uint64_t{byte & (more - 1U)} << shift;
            if (byte < more) {
                return value;
            }
        }
        fail();
    }

    std::string_view text() {
        const auto size = number();
        if (size > bytes_.size()) {
            fail();
        }
        const auto text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text;
    }

    std::map<std::string, std::uint64_t> counts() {
        std::map<std::string, std::uint64_t> counts;
        for (auto left = number(); left > 0; --left) {
            const auto reason = text();
            counts[std::string(reason)] = number();
        }
        return counts;
    }

    std::string_view rest() const noexcept { return bytes_; }

    [[noreturn]] static void fail() {
        throw Error(ErrorCode::corrupt, "rows of an open chunk are not in the form in which they were stored");
    }

  private:
    std::string_view bytes_;
};

}  // namespace

bool OpenRows::fit(const Manifest& chunk) const {
    const bool only_counts = rows_ == 0;
    return chunk_.get() == &chunk ||
           (chunk_->run == chunk.run && chunk_->policy_sha256 == chunk.policy_sha256 &&
            chunk_->format == chunk.format &&
            (chunk_->schema == chunk.schema || (only_counts && chunk_->schema.fields.empty())) &&
            (quality_.fields.empty() || quality_.fields.size() == chunk.quality.fields.size()));
}

OpenRowsBuilder::OpenRowsBuilder(RecordFormat format, Recipients recipients)
    : format_(format),
      recipients_(std::move(recipients)),
      encoder_(format, [this](std::string_view encoded, std::uint64_t rows) { take(encoded, rows); }) {}

std::vector<std::size_t> OpenRowsBuilder::add(const DeidentifiedBatch& batch, Quality& quality) {
    if (!begun_) {
        schema_ = batch.schema();
        begun_ = true;
    } else if (schema_ != batch.schema()) {
        throw Error(ErrorCode::internal, "batches of two schemas were to go into one chunk");
    }
    auto held = encoder_.encode(batch, quality);
    quality_.merge(quality);
    return held;
}

void OpenRowsBuilder::take(std::string_view encoded, std::uint64_t rows) {
    if (done_.empty() || done_.back().encoded_.size() >= usual_bytes) {
        done_.push_back(OpenRows());
    }
    done_.back().encoded_ += encoded;
    done_.back().rows_ += rows;
}

std::vector<OpenRows> OpenRowsBuilder::finish(const CompiledPolicy& policy, const std::string& run) {
    auto rows = std::exchange(done_, {});
    auto quality = std::exchange(quality_, {});
    auto schema = std::exchange(schema_, {});
    auto held = encoder_.take_held(policy.stream(), recipients_.site);
    const bool begun = std::exchange(begun_, false);
    if (rows.empty() && quality.rejected.empty() && quality.withheld.empty() && quality.opted_out == 0) {
        return {};
    }
    if (rows.empty()) {
        rows.push_back(OpenRows());
    }
    if (!chunk_ || chunk_->run != run || chunk_->policy_sha256 != policy.hash() || chunk_->schema != schema) {
        auto chunk = unsealed_manifest(policy, run, TimePoint(), format_, std::move(schema));
        for (const auto& field : quality.fields) {
            chunk.quality.fields.push_back({field.field, 0, 0, {}, field.nhs_number, field.dropped});
        }
        if (!begun) {
            chunk.linked.reset();  // a chunk of counts alone has no columns to join by
        }
        chunk_ = std::make_shared<const Manifest>(std::move(chunk));
    }
    for (auto& part : rows) {
        part.chunk_ = chunk_;
        part.shuffled_ = policy.linked().has_value() && !policy.linkage();
    }
    rows.front().quality_ = std::move(quality);
    rows.front().held_ = std::move(held);
    return rows;
}

std::string encode_open_rows(const OpenRows& rows) {
    const auto& quality = rows.quality();
    std::string stored;
    stored.reserve(rows.encoded().size() + 128);
    put(stored, rows.rows());
    put(stored, quality.rows);
    put(stored, quality.opted_out);
    put(stored, quality.rejected);
    put(stored, quality.withheld);
    put(stored, quality.fields.size());
    for (const auto& field : quality.fields) {
        put(stored, field.filled);
        put(stored, field.empty);
        put(stored, field.invalid);
    }
    stored += rows.encoded();
    return stored;
}

StoredOpenRows decode_open_rows(std::string_view stored, const std::vector<FieldQuality>& fields) {
    Reading reading(stored);
    StoredOpenRows rows;
    rows.rows = reading.number();
    rows.quality.rows = reading.number();
    rows.quality.opted_out = reading.number();
    rows.quality.rejected = reading.counts();
    rows.quality.withheld = reading.counts();
    const auto count = reading.number();
    if (count != 0 && count != fields.size()) {
        Reading::fail();
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto& field = rows.quality.fields.emplace_back();
        field.field = fields[i].field;
        field.nhs_number = fields[i].nhs_number;
        field.dropped = fields[i].dropped;
        field.filled = reading.number();
        field.empty = reading.number();
        field.invalid = reading.counts();
    }
    rows.encoded = reading.rest();
    return rows;
}

}  // namespace tributary
