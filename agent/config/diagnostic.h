#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/platform/error.h"

namespace tributary {

/// A place in a file. Lines and columns count from 1; 0 means that the message is about the file as a whole.
struct Location {
    std::string file;
    std::size_t line = 0;
    std::size_t column = 0;
};

/// "file:line:column", without the parts that are not known.
std::string to_string(const Location& location);

enum class Severity { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    Location location;
    std::string message;  ///< What is wrong and what to do. Never a secret, never a value of a record.
};

/// "file:line:column: error: message".
std::string to_string(const Diagnostic& diagnostic);

/// Collects everything that is wrong, so that an administrator sees all errors at once. Not for sharing between
/// threads.
class Diagnostics {
  public:
    void error(const Location& location, std::string message);
    void warning(const Location& location, std::string message);
    void append(const Diagnostics& other);

    bool has_errors() const noexcept { return errors_ > 0; }
    std::size_t error_count() const noexcept { return errors_; }
    const std::vector<Diagnostic>& all() const noexcept { return all_; }

    /// Throws ConfigurationError if there is any error.
    void throw_if_errors() const;

  private:
    std::vector<Diagnostic> all_;
    std::size_t errors_ = 0;
};

/// A configuration that cannot be used. what() is one line a diagnostic.
class ConfigurationError : public Error {
  public:
    explicit ConfigurationError(Diagnostics diagnostics);
    const Diagnostics& diagnostics() const noexcept { return diagnostics_; }

  private:
    Diagnostics diagnostics_;
};

}  // namespace tributary
