#pragma once

#include <functional>

#include "agent/config/configuration.h"
#include "agent/outbox/outbox.h"
#include "service/agent/command_line.h"

namespace tributary {

/// Opens the configured queue for reading and shows it; tells the user what to do where there is none yet.
int with_queue(const CommandLine& line, const std::function<int(const Configuration&, const Outbox&)>& show);
/// The same to change it, while an agent may be at work beside.
int change_queue(const CommandLine& line, const std::function<int(const Configuration&, Outbox&)>& change);

}  // namespace tributary
