#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/platform/file.h"
#include "service/repository/durable_folders.h"

namespace tributary {

/// The sealed chunks as files:
///
///     incoming/RVW/<id>.jws, <id>.part                        announced, and the bytes so far
///     site=RVW/stream=admissions/<id>.cms, <id>.jws           whole, never changed again; .cms goes when rows in it
///                                                             are retracted
///
/// Names come only from is_site, is_stream and is_chunk_id forms, so no path leads out. Calls for one chunk must not
/// run at the same time (ChunkLocks); for different chunks they may. Throws Error(storage).
class Store {
  public:
    /// `folder` must exist.
    Store(FileSystem& files, std::filesystem::path folder, std::size_t uploads_per_site);

    /// Remembers an announcement. Not durable: an agent whose announcement was lost announces again. Throws away the
    /// site's oldest unfinished upload when it has too many.
    void announce(const std::string& site, const std::string& id, std::string_view jws);
    /// The announcement; nothing if there is none.
    std::optional<std::string> announcement(const std::string& site, const std::string& id);
    /// Bytes of the unfinished upload, on the disk when it returns: they may be acknowledged.
    std::uint64_t held(const std::string& site, const std::string& id);
    /// Writes from `offset` on; the bytes are on the disk when it returns. Their name is with the next held() or
    /// keep().
    void append(const std::string& site, const std::string& id, std::uint64_t offset, std::string_view bytes);
    /// SHA-256 of the unfinished upload's bytes, hexadecimal.
    std::string digest(const std::string& site, const std::string& id);
    /// Forgets the bytes of an unfinished upload; its announcement stays.
    void discard_bytes(const std::string& site, const std::string& id);
    /// Moves a whole upload and its manifest to their place, durable when it returns. May be repeated after a crash.
    void keep(const std::string& site, const std::string& stream, const std::string& id, std::string_view jws);
    /// After the ledger has it: the announcement is done with.
    void forget(const std::string& site, const std::string& id);

    /// Takes a chunk away in which retracted people stand, once its other rows have landed. May be repeated.
    void remove_sealed(const std::string& site, const std::string& stream, const std::string& id);

    std::filesystem::path sealed_file(const std::string& site, const std::string& stream, const std::string& id) const;
    std::filesystem::path manifest_file(const std::string& site, const std::string& stream,
                                        const std::string& id) const;

  private:
    std::filesystem::path incoming(const std::string& site) const;
    std::filesystem::path part_file(const std::string& site, const std::string& id) const;
    void make_room(const std::string& site, const std::string& id);

    FileSystem& files_;
    std::filesystem::path folder_;
    DurableFolders folders_;
    std::size_t uploads_per_site_;
};

/// SHA-256 of a file, hexadecimal, and its size.
struct FileDigest {
    std::string sha256;
    std::uint64_t bytes = 0;
};
FileDigest digest_file(FileSystem& files, const std::filesystem::path& file);

}  // namespace tributary
