#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/access.h"
#include "agent/platform/system_error.h"

namespace tributary {
namespace {

std::string owner_only_hint(const std::filesystem::path& path) {
    return "; run: chmod go-w " + quoted(path);
}

/// Why others could change `path`, or nothing.
std::optional<std::string> why_not_ours(const std::filesystem::path& path, const struct stat& status) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return quoted(path) + " belongs to user " + std::to_string(status.st_uid) +
               "; it must belong to root or to the account that runs the agent";
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return quoted(path) + " can be changed by other accounts" + owner_only_hint(path);
    }
    return std::nullopt;
}

std::optional<std::string> look(const std::filesystem::path& path, struct stat& status) {
    if (::lstat(path.c_str(), &status) != 0) {
        return "cannot look at " + quoted(path) + ": " + last_system_error().message();
    }
    return std::nullopt;
}

std::optional<std::string> look_at_plain_file(const std::filesystem::path& file, struct stat& status) {
    if (auto why = look(file, status)) {
        return why;
    }
    if (S_ISLNK(status.st_mode)) {
        return quoted(file) + " is a symbolic link; name the file itself";
    }
    if (!S_ISREG(status.st_mode)) {
        return quoted(file) + " is not a plain file";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> why_not_trusted_code(const std::filesystem::path& file) {
    struct stat status {};
    if (auto why = look_at_plain_file(file, status)) {
        return why;
    }
    if (auto why = why_not_ours(file, status)) {
        return why;
    }
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    // Followed: the folder may be reached by a link, and it is the real folder whose owner can swap the file.
    if (::stat(folder.c_str(), &status) != 0) {
        return "cannot look at " + quoted(folder) + ": " + last_system_error().message();
    }
    return why_not_ours(folder, status);
}

std::optional<std::string> why_closed(const std::filesystem::path& folder) {
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
        return std::nullopt;
    }
    return "files cannot be made in " + quoted(folder) + ": " + last_system_error().message();
}

std::optional<std::string> why_not_private(const std::filesystem::path& file) {
    struct stat status {};
    // Followed: secrets are often mounted as links to files.
    if (::stat(file.c_str(), &status) != 0) {
        return "cannot look at " + quoted(file) + ": " + last_system_error().message();
    }
    if (!S_ISREG(status.st_mode)) {
        return quoted(file) + " is not a plain file";
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return quoted(file) + " is open to other accounts; run: chmod 600 " + quoted(file);
    }
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return quoted(file) + " belongs to user " + std::to_string(status.st_uid) +
               ", who can read it; it must belong to root or to the account that runs the agent";
    }
    return std::nullopt;
}

}  // namespace tributary
