#pragma once

#include <ostream>

#include "agent/config/diagnostic.h"
#include "service/agent/agent.h"

namespace tributary {

/// One line a diagnostic: "file:line:column: error: message".
void print_diagnostics(std::ostream& output, const Diagnostics& diagnostics);

/// What `run --once` did, for people: runs, rows, rejections, NHS-number validity, field quality, deliveries. Counts
/// only.
void print_work(std::ostream& output, const WorkReport& work, const QueueTotals& queue);

}  // namespace tributary
