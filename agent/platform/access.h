#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tributary {

/// Why code in this file must not be loaded, or nothing if it may: it must be a plain file owned by the administrator
/// (root) or by the account that runs the agent, neither it nor its folder writable by anyone else. On Windows the same
/// question to the access control list.
std::optional<std::string> why_not_trusted_code(const std::filesystem::path& file);

/// Why this process cannot make files in the folder (or, where it is missing, make the folder), or nothing if it can.
std::optional<std::string> why_not_writable(const std::filesystem::path& folder);
/// The same for a folder that is there.
std::optional<std::string> why_closed(const std::filesystem::path& folder);

/// Why this file may not hold a secret, or nothing: others can read it.
std::optional<std::string> why_not_private(const std::filesystem::path& file);

}  // namespace tributary
