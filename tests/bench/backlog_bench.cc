// A long outage: chunks are queued one by one, each durable, and nothing leaves; then all of it is delivered. What one
// chunk takes in and out while the queue grows, what the process holds, and that each comes out once and in order.
//
//     backlog_bench FOLDER CHUNKS BYTES     a folder on a real disk, how many chunks, bytes of each
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/platform/process.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t sample = 100;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

template <typename Work>
double seconds(Work work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return Seconds(std::chrono::steady_clock::now() - begin).count();
}

class Backlog {
  public:
    Backlog(const std::filesystem::path& folder, std::size_t size)
        : outbox_(folder / "queue.db", "RVW", system_clock()), run_(outbox_.begin_run("pas")), size_(size) {}

    /// Seconds that the commit of a new chunk takes.
    double enqueue() {
        const auto commit = commit_of("pas", run_, std::to_string(++queued_), {chunk_of_size("admissions", size_)});
        return seconds([&] { outbox_.commit(commit); });
    }

    /// Seconds from the look for what is due to the receipt of the first chunk.
    double dequeue() {
        return seconds([&] { take(outbox_.due(system_clock().now(), 64).at(0)); });
    }

    void drain() {
        for (auto due = outbox_.due(system_clock().now(), 64); !due.empty();
             due = outbox_.due(system_clock().now(), 64)) {
            for (const auto& chunk : due) {
                take(chunk);
            }
        }
        while (outbox_.give_back_space(false)) {
        }
    }

    std::uint64_t waiting() const { return queued_ - taken_; }

  private:
    void take(const QueuedChunk& chunk) {
        if (chunk.sequence != taken_ + 1) {
            throw std::runtime_error("chunk " + std::to_string(taken_ + 1) + " is lost, doubled or out of order");
        }
        outbox_.manifest(chunk.id);
        outbox_.payload(chunk.id);
        outbox_.store_receipt(chunk.id, "receipt");
        ++taken_;
    }

    Outbox outbox_;
    std::string run_;
    std::size_t size_;
    std::uint64_t queued_ = 0;
    std::uint64_t taken_ = 0;
};

double mebibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1U << 20U);
}

int run(const std::filesystem::path& folder, std::uint64_t chunks, std::size_t size) {
    Backlog backlog(folder, size);
    std::printf("  waiting chunks    in, ms    out, ms    resident MiB\n");
    std::vector<double> in;
    double first_in = 0;
    double first_out = 0;
    double last_in = 0;
    double last_out = 0;
    for (std::uint64_t queued = 1, mark = std::min<std::uint64_t>(1000, chunks); queued <= chunks; ++queued) {
        in.push_back(backlog.enqueue());
        if (queued == mark) {
            std::vector<double> out;
            for (std::size_t i = 0; i < sample; ++i) {
                out.push_back(backlog.dequeue());
            }
            last_in = median({in.end() - static_cast<std::ptrdiff_t>(std::min(sample, in.size())), in.end()});
            last_out = median(out);
            first_in = first_in > 0 ? first_in : last_in;
            first_out = first_out > 0 ? first_out : last_out;
            std::printf("  %14llu%10.2f%11.2f%16.1f\n", static_cast<unsigned long long>(mark), last_in * 1e3,
                        last_out * 1e3, mebibytes(process_usage().resident_bytes));
            std::fflush(stdout);
            in.clear();
            mark = std::min(mark * 10, chunks);
        }
    }
    const auto waiting = backlog.waiting();
    const double drained = seconds([&] { backlog.drain(); });
    const auto bytes = static_cast<double>(waiting) * static_cast<double>(size);
    std::printf(
        "  all %llu out in order, none lost, none doubled: %.1f s, %.0f MB/s; the file has %.1f MiB afterwards\n",
        static_cast<unsigned long long>(waiting), drained, bytes / drained / 1e6,
        mebibytes(std::filesystem::file_size(folder / "queue.db")));
    std::printf("backlog_in_ratio: %.2f\nbacklog_out_ratio: %.2f\n", last_in / first_in, last_out / first_out);
    std::printf("backlog_drain_chunks_per_second: %.0f\n", static_cast<double>(waiting) / drained);
    const double peak = mebibytes(process_usage().peak_resident_bytes);
    std::printf("backlog_peak_rss_mib: %.1f\n", peak);
    return peak < 64 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "backlog_bench FOLDER CHUNKS BYTES\n";
        return 2;
    }
    try {
        return run(argv[1], std::stoull(argv[2]), std::stoull(argv[3]));
    } catch (const std::exception& error) {
        std::cerr << "backlog_bench: " << error.what() << '\n';
        return 1;
    }
}
