#include "service/repository/store.h"

#include <algorithm>
#include <array>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::uint64_t maximum_jws_bytes = 256U << 10U;

/// Also when another connection, which makes room, is faster.
void remove_if_there(FileSystem& files, const std::filesystem::path& file) {
    try {
        if (files.exists(file)) {
            files.remove(file);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
            throw;
        }
    }
}

/// Another connection may just have finished with the file.
std::optional<std::int64_t> modified_if_there(FileSystem& files, const std::filesystem::path& file) {
    try {
        return files.stamp(file).modified_ns;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) {
            return std::nullopt;
        }
        throw;
    }
}

}  // namespace

FileDigest digest_file(FileSystem& files, const std::filesystem::path& file) {
    FileDigest digest;
    Sha256 sha;
    std::array<char, 65536> buffer{};
    const std::unique_ptr<ReadableFile> open = files.open_for_reading(file);
    while (const std::size_t read = open->read(buffer)) {
        sha.update({buffer.data(), read});
        digest.bytes += read;
    }
    digest.sha256 = to_hex(sha.finish());
    return digest;
}

Store::Store(FileSystem& files, std::filesystem::path folder, std::size_t uploads_per_site)
    : files_(files),
      folder_(std::move(folder)),
      folders_(files, folder_),
      uploads_per_site_(std::max<std::size_t>(uploads_per_site, 1)) {}

std::filesystem::path Store::incoming(const std::string& site) const {
    return folder_ / "incoming" / site;
}

std::filesystem::path Store::part_file(const std::string& site, const std::string& id) const {
    return incoming(site) / (id + ".part");
}

void Store::remove_sealed(const std::string& site, const std::string& stream, const std::string& id) {
    const auto file = sealed_file(site, stream, id);
    if (files_.exists(file)) {
        files_.remove(file);
        files_.sync_folder(file.parent_path());
    }
}

std::filesystem::path Store::sealed_file(const std::string& site, const std::string& stream,
                                         const std::string& id) const {
    return folder_ / ("site=" + site) / ("stream=" + stream) / (id + ".cms");
}

std::filesystem::path Store::manifest_file(const std::string& site, const std::string& stream,
                                           const std::string& id) const {
    return folder_ / ("site=" + site) / ("stream=" + stream) / (id + ".jws");
}

void Store::make_room(const std::string& site, const std::string& id) {
    struct Upload {
        std::int64_t modified;
        std::string id;
    };
    std::vector<Upload> uploads;
    for (const std::string& name : files_.list(incoming(site))) {
        const std::filesystem::path file(name);
        if (file.extension() == ".jws" && file.stem().string() != id) {
            if (const auto modified = modified_if_there(files_, incoming(site) / file)) {
                uploads.push_back({*modified, file.stem().string()});
            }
        }
    }
    if (uploads.size() < uploads_per_site_) {
        return;
    }
    const auto oldest = std::min_element(uploads.begin(), uploads.end(), [](const Upload& left, const Upload& right) {
        return left.modified < right.modified;
    });
    forget(site, oldest->id);
}

void Store::announce(const std::string& site, const std::string& id, std::string_view jws) {
    folders_.make(incoming(site));
    make_room(site, id);
    const std::unique_ptr<WritableFile> file = files_.open_at(incoming(site) / (id + ".jws"), 0);
    file->write(jws);
    file->close();
}

std::optional<std::string> Store::announcement(const std::string& site, const std::string& id) {
    const std::filesystem::path file = incoming(site) / (id + ".jws");
    if (!files_.exists(file)) {
        return std::nullopt;
    }
    return read_file(files_, file, maximum_jws_bytes);
}

std::uint64_t Store::held(const std::string& site, const std::string& id) {
    const std::filesystem::path file = part_file(site, id);
    if (!files_.exists(file)) {
        return 0;
    }
    const std::uint64_t size = files_.stamp(file).size;
    files_.open_at(file, size)->sync();
    files_.sync_folder(incoming(site));
    return size;
}

void Store::append(const std::string& site, const std::string& id, std::uint64_t offset, std::string_view bytes) {
    const std::filesystem::path file = part_file(site, id);
    const std::unique_ptr<WritableFile> part = files_.open_at(file, offset);
    part->write(bytes);
    part->sync();
    part->close();
}

std::string Store::digest(const std::string& site, const std::string& id) {
    return digest_file(files_, part_file(site, id)).sha256;
}

void Store::discard_bytes(const std::string& site, const std::string& id) {
    remove_if_there(files_, part_file(site, id));
}

void Store::forget(const std::string& site, const std::string& id) {
    discard_bytes(site, id);
    remove_if_there(files_, incoming(site) / (id + ".jws"));
}

void Store::keep(const std::string& site, const std::string& stream, const std::string& id, std::string_view jws) {
    const std::filesystem::path sealed = sealed_file(site, stream, id);
    folders_.make(sealed.parent_path());
    const std::unique_ptr<WritableFile> manifest = files_.open_at(manifest_file(site, stream, id), 0);
    manifest->write(jws);
    manifest->sync();
    manifest->close();
    files_.rename(part_file(site, id), sealed);
    files_.sync_folder(sealed.parent_path());
}

}  // namespace tributary
