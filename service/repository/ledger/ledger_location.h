#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tributary {

/// Where a ledger is: an SQLite file, or a PostgreSQL database.
struct LedgerLocation {
    LedgerLocation() = default;
    LedgerLocation(std::filesystem::path sqlite_file) : file(std::move(sqlite_file)) {}
    LedgerLocation(std::string postgres_url, std::filesystem::path files_of_url)
        : url(std::move(postgres_url)), folder(std::move(files_of_url)) {}

    std::filesystem::path file;    ///< SQLite; empty: PostgreSQL
    std::string url;               ///< postgresql://...; without a password
    std::filesystem::path folder;  ///< what files named in the URL are relative to

    /// Several processes may receive for it at the same time.
    bool is_shared() const noexcept { return !url.empty(); }
    /// Whether a configuration's text means PostgreSQL.
    static bool is_url(std::string_view text) noexcept {
        return text.starts_with("postgresql://") || text.starts_with("postgres://");
    }
};

enum class LedgerAccess { write, read };

}  // namespace tributary
