#pragma once

#include <Poco/Util/Option.h>

#include <string>

#include "service/agent/command_line.h"

namespace tributary {

/// The option --reason of commands that must be accounted for in the audit log.
Poco::Util::Option reason_option();

/// What --reason says: 10 to 500 bytes that check_audit_text takes. Throws UsageError, Error(input). `example` shows
/// the user what a reason is.
std::string reason_of(const CommandLine& line, const std::string& example);

}  // namespace tributary
