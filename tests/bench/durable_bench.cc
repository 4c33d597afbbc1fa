// Records that trickle in from many sources at once, each waiting until its own is durable: de-identified, encoded,
// guarded, encrypted and committed one row at a time with a sync of the disk. Beside it the syncs that the disk does
// alone.
//
//     durable_bench FOLDER PRODUCERS SECONDS     a folder on a real disk
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

#include "agent/deidentify/deidentifier.h"
#include "agent/outbox/open_rows.h"
#include "agent/outbox/outbox.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"
#include "agent/record/text_builder.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;

namespace {

using Seconds = std::chrono::duration<double>;

constexpr const char* fields = R"(
  message: keep
  nhs_number: {action: pseudonym, type: nhs_number, key: k, domain: planning, as: person}
  born: {action: date, precision: year}
  ward: keep
  specialty: keep
  admitted: {action: date, precision: day}
)";
constexpr std::array<const char*, 6> names{"message", "nhs_number", "born", "ward", "specialty", "admitted"};

std::shared_ptr<const CompiledPolicy> policy_of(const std::string& stream) {
    LinkageKeys keys;
    keys.add(LinkageKey::create("k", 1));
    Diagnostics diagnostics;
    auto policy = compile_policy(parse_yaml("policy: 1\nstream: " + stream + "\nfields:" + fields, "bench.yaml"), keys,
                                 system_files(), diagnostics);
    diagnostics.throw_if_errors();
    return policy;
}

/// One that holds for its check digit.
std::string nhs_number(std::mt19937& random) {
    for (;;) {
        std::string digits;
        unsigned sum = 0;
        for (unsigned i = 0; i < 9; ++i) {
            const unsigned digit = i == 0 ? 4 + random() % 4 : random() % 10;
            digits += static_cast<char>('0' + digit);
            sum += (10 - i) * digit;
        }
        if (const unsigned check = (11 - sum % 11) % 11; check < 10) {
            return digits + static_cast<char>('0' + check);
        }
    }
}

/// A source with one stream: asks for each record to be durable before it makes the next.
class Producer {
  public:
    Producer(Outbox& outbox, const Recipients& recipients, unsigned number)
        : outbox_(outbox),
          source_("source_" + std::to_string(number)),
          policy_(policy_of("messages_" + std::to_string(number))),
          builder_(RecordFormat::ndjson, recipients),
          random_(number),
          run_(outbox.begin_run(source_)) {
        auto schema = std::make_shared<Schema>();
        for (const auto* name : names) {
            schema->fields.push_back({name, ColumnType::utf8});
        }
        schema_ = std::move(schema);
        deidentifier_ = std::make_unique<Deidentifier>(policy_, schema_, 20'779);
    }

    void produce(const std::atomic<bool>& stop) {
        while (!stop) {
            ++rows_;
            Quality quality;
            const auto batch = deidentifier_->apply(record(), quality);
            builder_.add(batch, quality);
            OutboxCommit commit;
            commit.source = source_;
            commit.run = run_;
            commit.checkpoint = std::to_string(rows_);
            commit.open_rows = builder_.finish(*policy_, run_);
            commit.totals.rows = 1;
            outbox_.commit(commit);
        }
    }

    /// Rows that are missing or too many in the queue's chunks once the run has ended.
    std::int64_t end() {
        outbox_.end_run(run_, RunState::complete, "");
        std::uint64_t queued = 0;
        for (const auto& chunk : outbox_.list(1'000'000)) {
            queued += chunk.stream == policy_->stream() ? chunk.rows : 0;
        }
        return static_cast<std::int64_t>(queued) - static_cast<std::int64_t>(rows_);
    }

    std::uint64_t rows() const { return rows_; }

  private:
    RecordBatch record() {
        const std::array<std::string, names.size()> values{
            source_ + "-" + std::string(1, static_cast<char>('a' + random_() % 26)),
            nhs_number(random_),
            "1957-03-09",
            "Ward B",
            "cardiology",
            "2026-11-23"};
        std::vector<Column> columns;
        for (const auto& value : values) {
            TextBuilder builder(1, value.size());
            builder.append(value);
            columns.push_back(builder.finish());
        }
        return {schema_, std::move(columns), rows_, source_};
    }

    Outbox& outbox_;
    std::string source_;
    std::shared_ptr<const CompiledPolicy> policy_;
    std::shared_ptr<const Schema> schema_;
    std::unique_ptr<Deidentifier> deidentifier_;
    OpenRowsBuilder builder_;
    std::mt19937 random_;
    std::string run_;
    std::uint64_t rows_ = 0;
};

/// Syncs a second of 48 KiB each, which is what a commit writes.
double disk_syncs(const std::filesystem::path& folder, double seconds) {
    const std::string bytes(48U << 10U, 'x');
    const auto file = system_files().create(folder / "syncs", Privacy::owner_only);
    const auto begin = std::chrono::steady_clock::now();
    double past = 0;
    double syncs = 0;
    while (past < seconds) {
        file->write(bytes);
        file->sync();
        ++syncs;
        past = Seconds(std::chrono::steady_clock::now() - begin).count();
    }
    file->close();
    std::filesystem::remove(folder / "syncs");
    return syncs / past;
}

int run(const std::filesystem::path& folder, unsigned count, double seconds) {
    const double syncs = disk_syncs(folder, 2);
    const auto repository = testing::p256_identity("repository");
    const auto site = testing::p256_identity("RVW");
    const Recipients recipients{repository.certificate, site.certificate};
    Outbox outbox(folder / "queue.db", "RVW", system_clock());
    outbox.use_open_chunks(repository.certificate, {site.certificate, site.key});
    std::vector<std::unique_ptr<Producer>> producers;
    for (unsigned i = 0; i < count; ++i) {
        producers.push_back(std::make_unique<Producer>(outbox, recipients, i));
    }
    std::atomic<bool> stop{false};
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = process_usage().cpu_seconds;
    std::vector<std::thread> threads;
    for (const auto& producer : producers) {
        threads.emplace_back([&] { producer->produce(stop); });
    }
    std::this_thread::sleep_for(Seconds(seconds));
    stop = true;
    for (auto& thread : threads) {
        thread.join();
    }
    const double past = Seconds(std::chrono::steady_clock::now() - begin).count();
    const double used = process_usage().cpu_seconds - cpu;
    std::uint64_t rows = 0;
    std::int64_t wrong = 0;
    for (const auto& producer : producers) {
        rows += producer->rows();
        wrong += std::abs(producer->end());
    }
    if (wrong != 0) {
        throw std::runtime_error(std::to_string(wrong) + " rows are lost or doubled");
    }
    const double rate = static_cast<double>(rows) / past;
    std::printf("  %u sources, one row a commit, each durable before the next: %.0f rows a second, %.1f cores\n", count,
                rate, used / past);
    std::printf("  the disk itself: %.0f syncs of 48 KiB a second; %.1f rows a sync of it\n", syncs, rate / syncs);
    std::printf("durable_rows_per_second: %.0f\ndisk_syncs_per_second: %.0f\n", rate, syncs);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "durable_bench FOLDER PRODUCERS SECONDS\n";
        return 2;
    }
    try {
        return run(argv[1], static_cast<unsigned>(std::stoul(argv[2])), std::stod(argv[3]));
    } catch (const std::exception& error) {
        std::cerr << "durable_bench: " << error.what() << '\n';
        return 1;
    }
}
