#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/courier/courier.h"
#include "agent/courier/receipt.h"
#include "agent/outbox/outbox.h"
#include "tests/unit/keys/test_certificates.h"

namespace tributary::testing {

/// Time that moves only when the test says so.
class TestClock : public Clock {
  public:
    TimePoint now() const override { return start_ + passed_; }
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(std::chrono::hours(1) + passed_);
    }
    bool wait_for(std::condition_variable& condition, std::unique_lock<std::mutex>& lock, std::chrono::milliseconds,
                  const std::function<bool()>& ready) override {
        condition.wait(lock, ready);
        return true;
    }
    void pass(std::chrono::milliseconds time) { passed_ += time; }
    /// The wall clock alone.
    void set(std::chrono::milliseconds forward) { start_ += forward; }

  private:
    TimePoint start_ = from_rfc3339("2026-11-22T08:30:00.000Z");
    std::chrono::milliseconds passed_{0};
};

/// A chunk for the outbox whose sealed bytes are `sealed` and whose rows are `plain` (NDJSON).
SealedChunk chunk_of(const std::string& stream, const std::string& plain, const std::string& sealed, TimePoint created);

/// Puts chunks into the outbox under a run of their own.
void queue(Outbox& outbox, std::vector<SealedChunk> chunks);

/// A transport with an honest repository behind it, which a test makes misbehave at a place of its choice.
class ScriptedTransport : public Transport {
  public:
    ScriptedTransport(PrivateKey repository, Certificate site)
        : repository_(std::move(repository)), site_(std::move(site)) {}

    Answer announce(const std::string& chunk_id, const std::string& manifest_jws) override;
    Answer send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                const std::function<bool()>& stop) override;
    Answer close_run(const std::string& run, const std::string& run_manifest_jws) override;
    void forget_receipt(const std::string&) override {}
    void close() override { requests.emplace_back("close"); }

    /// What an honest repository would answer.
    Answer honest(const Manifest& manifest) const;
    Receipt receipt_for(const Manifest& manifest) const;

    /// Asked before each honest answer; what it returns is answered instead.
    std::function<std::optional<Answer>(const Manifest& manifest)> on_announce;
    std::function<std::optional<Answer>(const Manifest& manifest, std::uint64_t offset)> on_send;

    std::function<std::optional<Answer>(const RunManifest& run)> on_close_run;

    std::vector<RunManifest> runs;      ///< as they were sent
    std::vector<std::string> requests;  ///< of chunks: "PUT admissions 1", "PATCH admissions 1 from 0"
    std::map<std::string, std::string> held;
    std::map<std::string, Manifest> announced;

  private:
    PrivateKey repository_;
    Certificate site_;
};

Answer answer(Answer::Kind kind, const std::string& message = {});

/// For a log that nobody reads.
LogConfiguration silence();

}  // namespace tributary::testing
