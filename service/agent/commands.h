#pragma once

#include <vector>

#include "service/agent/command_line.h"

namespace tributary {

/// Every command of the program, in the order of its help.
const std::vector<Command>& commands();

Command init_command();
Command enrol_command();
Command check_command();
Command preview_command();
Command report_command();
Command reidentify_command();
Command run_command();
Command status_command();
std::vector<Command> queue_commands();
std::vector<Command> custodian_commands();
std::vector<Command> held_commands();
std::vector<Command> key_commands();
std::vector<Command> policy_commands();
std::vector<Command> audit_commands();

}  // namespace tributary
