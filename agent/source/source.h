#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/platform/error.h"
#include "agent/record/record_batch.h"
#include "agent/source/plugin.h"

namespace tributary {

/// What a source may ask of the agent. The functions may be called from any thread. One that throws counts as: no
/// secret, stopping, or (marked) not to be known now, upon which the source gives up its call.
struct SourceHost {
    std::function<void(TributaryLevel, std::string_view)> log;
    std::function<std::optional<std::string>(const std::string& reference)> secret;
    std::function<bool()> stopping;
    std::function<bool(std::string_view mark)> marked;
    std::string base_folder;  ///< where relative paths in options start; UTF-8
};

struct SourceStream {
    std::string name;
    std::string options;  ///< JSON object
};

struct StreamBatch {
    std::uint32_t stream = 0;
    RecordBatch batch;
};

struct Rejection {
    std::uint32_t stream = 0;
    std::uint64_t row = 0;
    std::uint64_t count = 0;
    std::string reason;
};

/// What stands together; see TributaryGroup.
struct Group {
    std::vector<StreamBatch> batches;
    std::vector<Rejection> rejections;
    std::string checkpoint;
    std::vector<std::string> marks;
};

/// The C++ face of one open source. One thread at a time (the stop flag excepted). Closes itself.
class Source {
  public:
    enum class ReadResult { group, nothing, end, stopped };

    /// A plugin failed in its own words: the code is configuration, network (unavailable), input (bad data), stopped or
    /// plugin. option() is the JSON Pointer for a wrong option.
    class Failure : public Error {
      public:
        Failure(ErrorCode code, const std::string& message, std::string option)
            : Error(code, message), option_(std::move(option)) {}
        const std::string& option() const noexcept { return option_; }

      private:
        std::string option_;
    };

    /// Throws Failure.
    Source(std::shared_ptr<const Plugin> plugin, SourceHost host, const std::string& options,
           std::vector<SourceStream> streams);
    ~Source();
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// None while it is not known.
    std::optional<Schema> schema(std::uint32_t stream);
    void start(const std::string& checkpoint);
    /// Fills `group` when the result is ReadResult::group. Checks what the plugin hands over (streams in range, sizes,
    /// marks, Arrow shapes); Error(plugin) if the contract is broken.
    ReadResult read(std::chrono::milliseconds timeout, Group& group);
    void commit(const std::string& checkpoint);

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
