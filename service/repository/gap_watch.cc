#include "service/repository/gap_watch.h"

namespace tributary {
namespace {

constexpr std::size_t most_runs = 10'000;

}  // namespace

void GapWatch::look() {
    look_for_gaps();
    look_for_late_runs();
}

void GapWatch::look_for_gaps() {
    struct Missing {
        const Gap* first = nullptr;
        std::uint64_t last = 0;
        std::uint64_t chunks = 0;
    };
    const auto open = ledger_.gaps(false);
    std::map<std::string, Missing> streams;
    for (const auto& gap : open) {
        if (gap.kind == Gap::Kind::missing && gap.noticed + Ledger::passing <= clock_.now()) {
            auto& missing = streams[gap.site + "/" + gap.stream + "/" + std::to_string(gap.generation)];
            missing.first = missing.first == nullptr ? &gap : missing.first;
            missing.last = gap.last;
            missing.chunks += gap.last - gap.first + 1;
        }
    }
    for (const auto& [name, missing] : streams) {
        if (missing.chunks > told_[name]) {
            log_.warning("chunks are missing from a stream", {{"site", missing.first->site},
                                                              {"stream", missing.first->stream},
                                                              {"numbering", missing.first->generation},
                                                              {"chunks", missing.chunks},
                                                              {"first", missing.first->first},
                                                              {"last", missing.last}});
        }
        told_[name] = missing.chunks;
    }
    for (auto told = told_.begin(); told != told_.end();) {
        if (streams.contains(told->first)) {
            ++told;
            continue;
        }
        log_.info("chunks that were missing have come or were settled", {{"stream", told->first}});
        told = told_.erase(told);
    }
}

void GapWatch::look_for_late_runs() {
    std::map<std::string, RunProgress> late;
    for (auto& run : ledger_.runs(false, most_runs)) {
        if (run.late(clock_.now())) {
            late.emplace(run.site + "/" + run.stream + "/" + run.run + "/" + std::to_string(run.generation), run);
        }
    }
    const auto tell = [&](LogLevel level, const char* message, const RunProgress& run) {
        log_.write(level, message, {{"site", run.site}, {"stream", run.stream}, {"run", run.run}});
    };
    for (const auto& [name, run] : late) {
        if (!late_.contains(name)) {
            tell(LogLevel::warning,
                 run.state == RunProgress::State::open
                     ? "a run is late: it began to arrive, and its site has not said that it is over"
                     : "a run is late: chunks of it are missing",
                 run);
        }
    }
    for (const auto& [name, run] : late_) {
        if (!late.contains(name)) {
            tell(LogLevel::info, "a run that was late goes on, is whole or was settled", run);
        }
    }
    late_ = std::move(late);
}

}  // namespace tributary
