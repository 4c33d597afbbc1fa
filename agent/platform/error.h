#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace tributary {

/// What kind of thing went wrong. One table for the whole agent, so that a caller decides by kind and not by text.
enum class ErrorCode {
    configuration,  ///< The configuration or a policy is wrong; an administrator must change it.
    not_found,      ///< A file, key or record that was named is not there.
    permission,     ///< The operating system refused, or a file is open to others that must not be.
    input,          ///< Data from outside does not have the form it must have.
    key,            ///< A key or certificate is missing, wrong, expired or not for this purpose.
    plugin,         ///< A source plugin broke its contract or reported a failure.
    storage,        ///< The disk or the queue database failed or is full.
    corrupt,        ///< Stored data fails its check.
    in_use,         ///< Another process holds what was asked for.
    network,        ///< The connection failed; trying again later may help.
    refused,        ///< The other side answered and refused for good.
    limit,          ///< A size or count limit was passed.
    stopped,        ///< The operation was asked to stop.
    internal        ///< An invariant of ours is broken; a defect to report.
};

/// The code's name as it stands in logs: "configuration", "not_found", ...
std::string_view to_string(ErrorCode code) noexcept;

/// What ends an operation. The text says what happened, where, and what to do; it never holds a value of a record.
class Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

    ErrorCode code() const noexcept { return code_; }

  private:
    ErrorCode code_;
};

}  // namespace tributary
