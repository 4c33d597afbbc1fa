#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "agent/platform/error.h"

namespace tributary {

/// For agent/platform alone: turns what the operating system says into Error.

/// The path as it stands in messages: UTF-8 in single quotes. Never throws for a name that is no valid Unicode.
std::string quoted(const std::filesystem::path& path);

/// not_found, permission or storage.
ErrorCode kind_of(const std::error_code& code) noexcept;

/// Throws Error with "cannot ACTION 'PATH': the system's words".
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path,
                                     const std::error_code& code);

/// errno, or GetLastError() on Windows, as it stands now.
std::error_code last_system_error() noexcept;

}  // namespace tributary
