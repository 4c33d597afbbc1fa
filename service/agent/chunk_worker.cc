#include "service/agent/chunk_worker.h"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

void count(const Quality& quality, Quality& totals) {
    for (const auto& [reason, number] : quality.rejected) {
        totals.rejected[reason] += number;
    }
    for (const auto& [reason, number] : quality.withheld) {
        totals.withheld[reason] += number;
    }
}

}  // namespace

ChunkWorker::ChunkWorker(std::string source, std::vector<StreamSetup> streams, const Recipients& recipients,
                         Clock& clock)
    : source_(std::move(source)), streams_(std::move(streams)), recipients_(recipients), clock_(clock) {
    for (const auto& stream : streams_) {
        rows_.push_back(destination(stream.format));
        linkage_.push_back(stream.policy->linkage() ? std::optional(destination(stream.format)) : std::nullopt);
    }
}

ChunkWorker::Destination ChunkWorker::destination(RecordFormat format) const {
    return {std::make_unique<ChunkBuilder>(format, recipients_),
            std::make_unique<OpenRowsBuilder>(format, recipients_),
            {}};
}

std::vector<OutboxCommit> ChunkWorker::work(Job job, const std::string& run) {
    std::vector<OutboxCommit> commits;
    std::vector<std::string> marks;
    for (std::size_t i = 0; i < job.groups.size(); ++i) {
        auto& group = job.groups[i];
        add(group, job.trickled);
        std::move(group.marks.begin(), group.marks.end(), std::back_inserter(marks));
        const bool last = i + 1 == job.groups.size();
        if (job.trickled && last) {
            commits.push_back(take_open(run, std::move(group.checkpoint), std::exchange(marks, {})));
        } else if (!job.trickled && (last || full())) {
            commits.push_back(cut(run, std::move(group.checkpoint), std::exchange(marks, {})));
        }
    }
    return commits;
}

void ChunkWorker::add(BoundGroup& group, bool trickled) {
    const auto put = [&](Destination& to, const DeidentifiedBatch& batch, Quality& counts) {
        auto held = trickled ? to.open->add(batch, counts) : to.chunk->add(batch, counts);
        to.quality.merge(counts);
        return held;
    };
    for (auto& bound : group.batches) {
        Quality counts;
        auto& linkage = linkage_.at(bound.stream);
        LinkageRows encodings;
        const auto deidentified =
            bound.deidentifier->apply(std::move(bound.batch), counts, linkage ? &encodings : nullptr);
        const auto held = put(rows_.at(bound.stream), deidentified, counts);
        if (encodings.batch) {
            // Of a row that stays here the encoding stays too; and the order of the two tells nothing.
            if (!held.empty()) {
                encodings.quality.withheld["record_held"] += held.size();
            }
            put(*linkage, encodings.batch->shuffled_without(held), encodings.quality);
        }
    }
    group.batches.clear();
    for (const auto& rejection : group.rejections) {
        Quality counts;
        counts.rejected[rejection.reason] += rejection.count;
        auto& to = rows_.at(rejection.stream);
        to.quality.merge(counts);
        if (trickled) {
            to.open->add(counts);
        }
    }
}

bool ChunkWorker::full() const noexcept {
    const auto is_full = [](const Destination& to) { return to.chunk->compressed_bound() >= full_chunk_bytes; };
    return std::any_of(rows_.begin(), rows_.end(), is_full) ||
           std::any_of(linkage_.begin(), linkage_.end(), [&](const auto& to) { return to && is_full(*to); });
}

OutboxCommit ChunkWorker::cut(const std::string& run, std::string checkpoint, std::vector<std::string> marks) {
    OutboxCommit commit;
    commit.source = source_;
    commit.run = run;
    commit.checkpoint = std::move(checkpoint);
    commit.marks = std::move(marks);
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        auto quality = std::exchange(rows_[i].quality, {});
        if (rows_[i].chunk->empty() && quality.rejected.empty() && quality.opted_out == 0) {
            continue;
        }
        auto chunk = rows_[i].chunk->finish(*streams_[i].policy, run, clock_.now());
        chunk.manifest.stream = streams_[i].name;
        chunk.manifest.quality = std::move(quality);
        commit.totals.rows += chunk.manifest.rows;
        count(chunk.manifest.quality, commit.totals);
        commit.chunks.push_back(std::move(chunk));
        cut_linkage(i, run, commit);
    }
    return commit;
}

void ChunkWorker::cut_linkage(std::size_t stream, const std::string& run, OutboxCommit& commit) {
    auto& linkage = linkage_[stream];
    if (!linkage || linkage->chunk->empty()) {
        return;
    }
    auto chunk = linkage->chunk->finish(*streams_[stream].policy->linkage()->rules, run, clock_.now());
    chunk.manifest.quality = std::exchange(linkage->quality, {});
    commit.chunks.push_back(std::move(chunk));
}

OutboxCommit ChunkWorker::take_open(const std::string& run, std::string checkpoint, std::vector<std::string> marks) {
    OutboxCommit commit;
    commit.source = source_;
    commit.run = run;
    commit.checkpoint = std::move(checkpoint);
    commit.marks = std::move(marks);
    const auto take = [&](Destination& to, const CompiledPolicy& policy) {
        to.quality = {};
        auto rows = to.open->finish(policy, run);
        std::move(rows.begin(), rows.end(), std::back_inserter(commit.open_rows));
    };
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        const auto before = commit.open_rows.size();
        take(rows_[i], *streams_[i].policy);
        for (auto part = before; part < commit.open_rows.size(); ++part) {
            commit.totals.rows += commit.open_rows[part].rows();
            count(commit.open_rows[part].quality(), commit.totals);
        }
        if (linkage_[i]) {
            take(*linkage_[i], *streams_[i].policy->linkage()->rules);
        }
    }
    return commit;
}

}  // namespace tributary
