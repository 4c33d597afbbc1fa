#include "service/agent/opt_out_gate.h"

#include <algorithm>
#include <span>
#include <utility>

#include "agent/deidentify/retraction.h"
#include "agent/keys/digest.h"

namespace tributary {

OptOutGate::OptOutGate(std::vector<StreamSetup> streams, FileSystem& files, Clock& clock) : clock_(clock) {
    for (auto& setup : streams) {
        Stream stream;
        stream.setup = std::move(setup);
        if (const auto& settings = stream.setup.policy->opt_out()) {
            stream.files.emplace(*settings, files, clock);
        }
        streams_.push_back(std::move(stream));
    }
}

std::shared_ptr<const OptOutList> OptOutGate::current(std::size_t stream) {
    auto& found = streams_.at(stream);
    if (!found.files) {
        return nullptr;
    }
    if (found.list == nullptr || clock_.steady() - found.looked_at >= interval) {
        found.list = nullptr;  // should it be missing now, the one of before must not serve
        found.list = found.files->current();
        found.looked_at = clock_.steady();
    }
    return found.list;
}

bool OptOutGate::settled(std::size_t stream, const std::shared_ptr<const OptOutList>& list) const {
    const auto& found = streams_.at(stream);
    return list == nullptr || found.setup.policy->retraction() == nullptr || found.settled == list;
}

std::optional<OptOutChange> OptOutGate::settle(std::size_t stream, const std::shared_ptr<const OptOutList>& list,
                                               const Recipients& recipients, Outbox& outbox, const std::string& source,
                                               const std::string& run) {
    constexpr std::size_t shown_bytes = 8;
    if (settled(stream, list)) {
        return std::nullopt;
    }
    auto& found = streams_.at(stream);
    const Retraction& retraction = *found.setup.policy->retraction();
    const std::string before = outbox.remembered_opt_outs(found.setup.name);
    RetractionCommit commit{source, run, found.setup.name, {}, retraction.remember(*list)};
    if (commit.remembered == before) {
        found.settled = list;
        return std::nullopt;
    }
    OptOutChange change;
    change.stream = found.setup.name;
    change.listed = list->size();
    const auto seal = sha256(commit.remembered);
    change.list = to_hex(std::span(seal).first(shown_bytes));
    // Of a stream that never sent a row there is nothing to take back.
    if (outbox.has_begun(found.setup.name)) {
        auto numbers = retraction.newly_listed(*list, before);
        change.retracted = numbers.size();
        commit.chunks = retract(found.setup, std::move(numbers), recipients, run);
        change.chunks = commit.chunks.size();
    }
    outbox.commit(commit);
    found.settled = list;
    return change;
}

std::vector<SealedChunk> OptOutGate::retract(const StreamSetup& setup, std::vector<std::uint32_t> numbers,
                                             const Recipients& recipients, const std::string& run) const {
    constexpr std::size_t rows_at_a_time = 16'384;
    const Retraction& retraction = *setup.policy->retraction();
    ChunkBuilder builder(setup.format, recipients);
    Quality quality;
    std::vector<SealedChunk> chunks;
    const auto cut = [&] {
        auto chunk = builder.finish(retraction.rules(), run, clock_.now());
        chunk.manifest.kind = ChunkKind::retraction;
        chunk.manifest.quality = std::exchange(quality, {});
        chunks.push_back(std::move(chunk));
    };
    const std::span<const std::uint32_t> all(numbers);
    for (std::size_t at = 0; at < all.size(); at += rows_at_a_time) {
        Quality counts;
        const auto rows = retraction.rows(all.subspan(at, std::min(rows_at_a_time, all.size() - at)), counts);
        builder.add(rows, counts);
        quality.merge(counts);
        if (builder.compressed_bound() >= ChunkWorker::full_chunk_bytes) {
            cut();
        }
    }
    if (!builder.empty()) {
        cut();
    }
    return chunks;
}

}  // namespace tributary
