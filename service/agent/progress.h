#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/telemetry/log.h"
#include "service/agent/pipeline.h"

namespace tributary {

/// Shows on standard error, while it lives, what a run is doing: one line, redrawn four times a second. Nothing if that
/// is not a terminal.
class ProgressLine {
  public:
    ProgressLine(const RunProgress& progress, const std::atomic<std::uint64_t>& delivered, Log& log);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

  private:
    struct Drawing;
    std::unique_ptr<Drawing> drawing_;
};

/// "[##########----------]" for `part` of `whole`.
std::string progress_bar(std::uint64_t part, std::uint64_t whole, std::size_t width);

}  // namespace tributary
