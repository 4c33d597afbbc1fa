#include "service/repository/metrics.h"

#include <algorithm>

namespace tributary {
namespace {

constexpr std::size_t most_runs = 100'000;

class Page {
  public:
    /// `type`: counter or gauge.
    void begin(const std::string& name, const char* type, const char* help) {
        name_ = "tributary_repository_" + name;
        text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
    }
    void value(std::uint64_t value, const std::string& labels = {}) {
        text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + std::to_string(value) + "\n";
    }
    std::string take() { return std::move(text_); }

  private:
    std::string name_;
    std::string text_;
};

std::string label(const std::string& name, const std::string& value) {
    return name + "=\"" + value + "\"";
}

void add_ledger(Page& page, Ledger& ledger, TimePoint now) {
    page.begin("chunks_not_landed", "gauge", "Acknowledged chunks that wait to be opened, or cannot be");
    for (const auto& [state, chunks] : ledger.not_landed()) {
        page.value(chunks, label("state", std::string(to_string(state))));
    }
    page.begin("gaps", "gauge", "Open gaps, chain breaks and restarts of streams");
    page.value(ledger.gaps(false).size());
    const auto runs = ledger.runs(false, most_runs);
    page.begin("runs_not_whole", "gauge", "Runs of which chunks or the manifest have not arrived");
    page.value(runs.size());
    page.begin("runs_late", "gauge", "Those of them for which nothing has come for a day");
    page.value(static_cast<std::uint64_t>(
        std::count_if(runs.begin(), runs.end(), [&](const RunProgress& run) { return run.late(now); })));
}

}  // namespace

void Metrics::stored(const LedgerChunk& chunk) {
    const std::lock_guard lock(mutex_);
    Stored& sum = stored_[{chunk.site, chunk.stream}];
    ++sum.chunks;
    sum.rows += chunk.rows;
    sum.bytes += chunk.sealed_bytes;
}

void Metrics::answered(int status) {
    const std::lock_guard lock(mutex_);
    ++answered_[status];
}

void Metrics::hung_up(std::size_t connections) {
    const std::lock_guard lock(mutex_);
    hung_up_ += connections;
}

std::string Metrics::text() {
    Page page;
    {
        const std::lock_guard lock(mutex_);
        const auto stored = [&](const char* name, const char* help, std::uint64_t Stored::*sum) {
            page.begin(name, "counter", help);
            for (const auto& [stream, sums] : stored_) {
                page.value(sums.*sum, label("site", stream.first) + "," + label("stream", stream.second));
            }
        };
        stored("stored_chunks_total", "Chunks acknowledged since the start", &Stored::chunks);
        stored("stored_rows_total", "Rows of these, as their manifests say", &Stored::rows);
        stored("stored_bytes_total", "Sealed bytes of these", &Stored::bytes);
        page.begin("requests_total", "counter", "Requests answered since the start");
        for (const auto& [status, requests] : answered_) {
            page.value(requests, label("status", std::to_string(status)));
        }
        page.begin("hung_up_connections_total", "counter", "Connections that took too long and were hung up");
        page.value(hung_up_);
    }
    page.begin("open_connections", "gauge", "Connections that are served at present");
    page.value(connections_.count());
    add_ledger(page, ledger_, clock_.now());
    return page.take();
}

}  // namespace tributary
