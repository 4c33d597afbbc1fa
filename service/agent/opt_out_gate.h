#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/outbox.h"
#include "agent/platform/file.h"
#include "service/agent/chunk_worker.h"

namespace tributary {

/// A stream's list of opt-outs became another one than the queue remembered.
struct OptOutChange {
    std::string stream;
    std::uint64_t listed = 0;     ///< people on the list now
    std::uint64_t retracted = 0;  ///< whose pseudonyms were queued for the repository
    std::uint64_t chunks = 0;     ///< that carry them
    std::string list;             ///< tells lists apart and tells nothing of them: 16 hexadecimal digits
};

/// Who must not leave, for the streams of one source, from run to run. Lists are read anew when their files change.
/// One thread at a time.
class OptOutGate {
  public:
    /// A list that changes while a source runs is noticed after this at the latest.
    static constexpr std::chrono::seconds interval{10};

    OptOutGate(std::vector<StreamSetup> streams, FileSystem& files, Clock& clock);

    std::size_t streams() const noexcept { return streams_.size(); }
    /// The stream's list as it is now; nullptr if its policy has none. Throws what OptOutLists::current() throws.
    std::shared_ptr<const OptOutList> current(std::size_t stream);
    /// Whether everybody on the list is known to be retracted from what has left.
    bool settled(std::size_t stream, const std::shared_ptr<const OptOutList>& list) const;
    /// Queues the retraction of people who are newly on the list, and remembers it. Rows of the stream that were read
    /// under an earlier list must be committed before. Nothing if the queue remembered this very list.
    std::optional<OptOutChange> settle(std::size_t stream, const std::shared_ptr<const OptOutList>& list,
                                       const Recipients& recipients, Outbox& outbox, const std::string& source,
                                       const std::string& run);

  private:
    struct Stream {
        StreamSetup setup;
        std::optional<OptOutLists> files;
        std::shared_ptr<const OptOutList> list;
        std::chrono::steady_clock::time_point looked_at;
        std::shared_ptr<const OptOutList> settled;
    };
    std::vector<SealedChunk> retract(const StreamSetup& setup, std::vector<std::uint32_t> numbers,
                                     const Recipients& recipients, const std::string& run) const;

    std::vector<Stream> streams_;
    Clock& clock_;
};

}  // namespace tributary
