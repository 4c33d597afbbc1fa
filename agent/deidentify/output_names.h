#pragma once

#include <map>
#include <string>

#include "agent/config/diagnostic.h"

namespace tributary {

/// The names of a policy's outputs, each of which may be given once. SQL Server compares names without case by default,
/// so names that differ in case alone are one.
class OutputNames {
  public:
    /// Reports a name that is taken or cannot be a column's: empty, more than 128 characters (SQL Server's limit),
    /// control characters.
    void add(const std::string& name, const Location& location, Diagnostics& diagnostics);

  private:
    std::map<std::string, Location> taken_;  // by folded name
};

/// The name with case folded (Unicode), for comparison alone.
std::string folded_name(const std::string& name);

}  // namespace tributary
