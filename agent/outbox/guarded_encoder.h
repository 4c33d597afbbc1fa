#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/egress_guard.h"
#include "agent/keys/certificate.h"
#include "agent/outbox/encoder.h"
#include "agent/record/deidentified_batch.h"
#include "agent/record/quality.h"

namespace tributary {

/// Whom rows are sealed to.
struct Recipients {
    Certificate repository;
    Certificate site;  ///< for rows that the egress guard holds back: they stay here, and this site alone can open them
};

/// Rows that the egress guard held back, sealed to the site: NDJSON, an object a row, {"origin": file, "row": number,
/// "column": where, "reason": what was found, "record": the row as it would have left}.
struct HeldRows {
    std::string stream;
    std::map<std::string, std::uint64_t> reasons;
    std::string sealed;
};

/// Encodes batches of one schema; what the egress guard finds is put aside. One thread at a time.
class GuardedEncoder {
  public:
    /// Whole rows that may leave, and how many.
    using Output = std::function<void(std::string_view rows, std::uint64_t count)>;

    GuardedEncoder(RecordFormat format, Output output);
    ~GuardedEncoder();
    GuardedEncoder(const GuardedEncoder&) = delete;
    GuardedEncoder& operator=(const GuardedEncoder&) = delete;

    /// Counts rows that are held back into `quality`. Returns them, rising.
    std::vector<std::size_t> encode(const DeidentifiedBatch& batch, Quality& quality);
    /// What was held back since the last call, sealed; nothing if there was none.
    std::optional<HeldRows> take_held(const std::string& stream, const Certificate& site);
    /// Forgets what was held back.
    void clear();

  private:
    void take_rows(const EncodedPiece& piece);
    void hold(const HeldRow& row, std::string_view encoded);
    void pass_on(std::string_view rows, std::uint64_t count);

    std::unique_ptr<Encoder> encoder_;
    Output output_;
    EgressGuard guard_;
    const EncodedPieces pieces_ = [this](const EncodedPiece& piece) { take_rows(piece); };
    const DeidentifiedBatch* batch_ = nullptr;  // in hand
    std::size_t next_row_ = 0;                  // of it
    std::vector<HeldRow> found_;
    std::map<std::string, std::uint64_t> withheld_;  // of it
    std::vector<std::size_t> held_of_batch_;         // rows
    std::string held_rows_;
    std::map<std::string, std::uint64_t> held_reasons_;
};

}  // namespace tributary
