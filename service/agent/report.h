#pragma once

#include <ostream>

#include "agent/config/diagnostic.h"
#include "service/agent/agent.h"

namespace tributary {

/// One line a diagnostic: "file:line:column: error: message".
void print_diagnostics(std::ostream& output, const Diagnostics& diagnostics);

/// What `run --once` did, for people: runs, rows, rejections, NHS-number validity, field quality, deliveries. Counts
/// only.
void print_work(std::ostream& output, const WorkReport& work, const Outbox& outbox);

/// "complete", "failed" and so on.
std::string_view words(RunState state);

/// What stands in the way of the queue: the last error of a chunk that waits, and why chunks are in quarantine.
void print_obstacles(std::ostream& output, const Outbox& outbox);

}  // namespace tributary
