#include "service/agent/chunk_worker.h"

#include <algorithm>
#include <utility>

namespace tributary {

ChunkWorker::ChunkWorker(std::string source, std::vector<StreamSetup> streams, const Recipients& recipients,
                         Clock& clock)
    : source_(std::move(source)), streams_(std::move(streams)), quality_(streams_.size()), clock_(clock) {
    for (const auto& stream : streams_) {
        builders_.push_back(std::make_unique<ChunkBuilder>(stream.format, recipients));
        linkage_.emplace_back();
        if (stream.policy->linkage()) {
            linkage_.back().builder = std::make_unique<ChunkBuilder>(stream.format, recipients);
        }
    }
}

std::vector<OutboxCommit> ChunkWorker::work(Job job, const std::string& run) {
    std::vector<OutboxCommit> commits;
    std::vector<std::string> marks;
    for (std::size_t i = 0; i < job.groups.size(); ++i) {
        auto& group = job.groups[i];
        add(group);
        std::move(group.marks.begin(), group.marks.end(), std::back_inserter(marks));
        const bool last = i + 1 == job.groups.size();
        if (last || full()) {
            commits.push_back(cut(run, std::move(group.checkpoint), std::exchange(marks, {})));
        }
    }
    return commits;
}

void ChunkWorker::add(BoundGroup& group) {
    for (auto& bound : group.batches) {
        Quality counts;
        auto& linkage = linkage_.at(bound.stream);
        LinkageRows encodings;
        const auto deidentified =
            bound.deidentifier->apply(std::move(bound.batch), counts, linkage.builder ? &encodings : nullptr);
        const auto held = builders_.at(bound.stream)->add(deidentified, counts);
        if (encodings.batch) {
            // Of a row that stays here the encoding stays too; and the order of the two tells nothing.
            if (!held.empty()) {
                encodings.quality.withheld["record_held"] += held.size();
            }
            linkage.builder->add(encodings.batch->shuffled_without(held), encodings.quality);
            linkage.quality.merge(encodings.quality);
        }
        quality_.at(bound.stream).merge(counts);
    }
    group.batches.clear();
    for (const auto& rejection : group.rejections) {
        quality_.at(rejection.stream).rejected[rejection.reason] += rejection.count;
    }
}

bool ChunkWorker::full() const noexcept {
    const auto is_full = [](const auto& builder) { return builder->compressed_bound() >= full_chunk_bytes; };
    return std::any_of(builders_.begin(), builders_.end(), is_full) ||
           std::any_of(linkage_.begin(), linkage_.end(),
                       [&](const Linkage& linkage) { return linkage.builder != nullptr && is_full(linkage.builder); });
}

OutboxCommit ChunkWorker::cut(const std::string& run, std::string checkpoint, std::vector<std::string> marks) {
    OutboxCommit commit;
    commit.source = source_;
    commit.run = run;
    commit.checkpoint = std::move(checkpoint);
    commit.marks = std::move(marks);
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        auto quality = std::exchange(quality_[i], {});
        if (builders_[i]->empty() && quality.rejected.empty() && quality.opted_out == 0) {
            continue;
        }
        auto chunk = builders_[i]->finish(*streams_[i].policy, run, clock_.now());
        chunk.manifest.stream = streams_[i].name;
        chunk.manifest.quality = std::move(quality);
        commit.totals.rows += chunk.manifest.rows;
        for (const auto& [reason, count] : chunk.manifest.quality.rejected) {
            commit.totals.rejected[reason] += count;
        }
        for (const auto& [reason, count] : chunk.manifest.quality.withheld) {
            commit.totals.withheld[reason] += count;
        }
        commit.chunks.push_back(std::move(chunk));
        cut_linkage(i, run, commit);
    }
    return commit;
}

void ChunkWorker::cut_linkage(std::size_t stream, const std::string& run, OutboxCommit& commit) {
    auto& [builder, quality] = linkage_[stream];
    if (builder == nullptr || builder->empty()) {
        return;
    }
    auto chunk = builder->finish(*streams_[stream].policy->linkage()->rules, run, clock_.now());
    chunk.manifest.quality = std::exchange(quality, {});
    commit.chunks.push_back(std::move(chunk));
}

}  // namespace tributary
