#include "agent/keys/key_store.h"

#include <algorithm>
#include <utility>

#include "agent/keys/key_file.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::string_view white_space = " \t\r\n";

std::vector<std::filesystem::path> key_files(FileSystem& files, const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    if (files.exists(folder)) {
        for (const auto& name : files.list(folder)) {
            if (auto file = folder / name; file.extension() == ".key") {
                found.push_back(std::move(file));
            }
        }
    }
    return found;
}

class FolderKeyStore final : public KeyStore {
  public:
    FolderKeyStore(FileSystem& files, std::filesystem::path folder) : files_(files), folder_(std::move(folder)) {}

    std::vector<StoredKey> load() const override {
        std::vector<StoredKey> keys;
        for (const auto& file : key_files(files_, folder_)) {
            keys.push_back({read_linkage_key(files_, file), file.string()});
        }
        return keys;
    }

    std::string add(const LinkageKey& key) override {
        const auto file = folder_ / (key.id() + ".key");
        if (files_.exists(file)) {
            throw Error(ErrorCode::in_use, "there is a key file '" + file.string() +
                                               "' already; a linkage key is never overwritten, since its pseudonyms "
                                               "could not be made again");
        }
        files_.create_folders(folder_);
        write_file_durably(files_, file, write_linkage_key(key).text(), Privacy::owner_only);
        return file.string();
    }

    std::string place() const override { return folder_.string(); }

  private:
    FileSystem& files_;
    std::filesystem::path folder_;
};

/// Without the check of FolderKeyStore that group has no rights: systemd lets the service's account read by an access
/// list, whose mask stands where a file's rights of the group do.
class CredentialKeyStore final : public KeyStore {
  public:
    CredentialKeyStore(FileSystem& files, std::filesystem::path folder) : files_(files), folder_(std::move(folder)) {}

    std::vector<StoredKey> load() const override {
        std::vector<StoredKey> keys;
        for (const auto& file : key_files(files_, folder_)) {
            const auto content = read_secret_file(files_, file, key_file_limit);
            const auto text = content.text();
            const auto first = text.find_first_not_of(white_space);
            if (first == std::string_view::npos || text[first] != '{') {
                continue;
            }
            require_closed_to_others(file);
            keys.push_back({parse_linkage_key(text, file.string()), file.string()});
        }
        return keys;
    }

    std::string add(const LinkageKey& key) override {
        throw Error(ErrorCode::permission, "linkage key '" + key.id() +
                                               "' cannot be stored among systemd's credentials by this program; "
                                               "`systemd-creds encrypt` puts it there");
    }

    std::string place() const override { return folder_.string(); }

  private:
    static void require_closed_to_others(const std::filesystem::path& file) {
        constexpr auto others = std::filesystem::perms::others_all;
        if ((std::filesystem::status(file).permissions() & others) != std::filesystem::perms::none) {
            throw Error(ErrorCode::permission,
                        file.string() + ": a linkage key must not be open to others; systemd makes no such credential");
        }
    }

    FileSystem& files_;
    std::filesystem::path folder_;
};

class SiteKeyStore final : public KeyStore {
  public:
    SiteKeyStore(FileSystem& files, std::filesystem::path folder, std::filesystem::path credentials)
        : folder_(files, std::move(folder)), credentials_(files, std::move(credentials)) {}

    std::vector<StoredKey> load() const override {
        auto keys = folder_.load();
        auto more = credentials_.load();
        std::move(more.begin(), more.end(), std::back_inserter(keys));
        return keys;
    }
    std::string add(const LinkageKey& key) override { return folder_.add(key); }
    std::string place() const override { return folder_.place() + " and " + credentials_.place(); }

  private:
    FolderKeyStore folder_;
    CredentialKeyStore credentials_;
};

bool same_description(const LinkageKey& one, const LinkageKey& other) {
    return one.id() == other.id() && one.epoch() == other.epoch() && one.region() == other.region() &&
           one.domains() == other.domains();
}

std::string described(const StoredKey& held) {
    return "'" + held.key.id() + "', epoch " + std::to_string(held.key.epoch()) + ", fingerprint " +
           held.key.fingerprint() + " (" + held.place + ")";
}

void check_epoch(const LinkageKey& key, const StoredKey& held, EpochOrder order) {
    if (key.region().empty() || key.region() != held.key.region()) {
        return;
    }
    const auto facts = "linkage key '" + key.id() + "' has epoch " + std::to_string(key.epoch()) + " of region '" +
                       key.region() + "', and here is " + described(held);
    if (key.epoch() == held.key.epoch()) {
        throw Error(ErrorCode::in_use, facts +
                                           "; a region has one key an epoch: ask the key custodian which of them the "
                                           "other sites have");
    }
    if (key.epoch() < held.key.epoch() && order == EpochOrder::rising) {
        throw Error(ErrorCode::in_use, facts +
                                           "; epochs rise with each rotation. If the earlier key is wanted beside the "
                                           "later one, say --earlier-epoch");
    }
}

}  // namespace

std::unique_ptr<KeyStore> folder_key_store(FileSystem& files, std::filesystem::path folder) {
    return std::make_unique<FolderKeyStore>(files, std::move(folder));
}

std::unique_ptr<KeyStore> credential_key_store(FileSystem& files, std::filesystem::path folder) {
    return std::make_unique<CredentialKeyStore>(files, std::move(folder));
}

std::unique_ptr<KeyStore> site_key_store(FileSystem& files, std::filesystem::path folder,
                                         std::optional<std::filesystem::path> credentials) {
    if (!credentials) {
        return folder_key_store(files, std::move(folder));
    }
    return std::make_unique<SiteKeyStore>(files, std::move(folder), std::move(*credentials));
}

LinkageKeys load_linkage_keys(const KeyStore& store) {
    LinkageKeys keys;
    for (auto& [key, place] : store.load()) {
        if (keys.find(key.id()) != nullptr) {
            throw Error(ErrorCode::key, place + ": another file holds a linkage key with the id " + key.id() +
                                            " too; remove one of them");
        }
        keys.add(std::move(key));
    }
    return keys;
}

bool may_join(const LinkageKey& key, std::span<const StoredKey> held, EpochOrder order) {
    for (const auto& other : held) {
        const bool same_bytes = other.key.bytes() == key.bytes();
        if (same_bytes && same_description(key, other.key)) {
            return false;
        }
        if (same_bytes) {
            throw Error(ErrorCode::in_use,
                        "this key is here already under another description, " + described(other) + ", and comes as '" +
                            key.id() + "', epoch " + std::to_string(key.epoch()) +
                            "; if its region, domains or epoch were changed by the key custodian, remove that file "
                            "first");
        }
        if (other.key.id() == key.id()) {
            throw Error(ErrorCode::in_use, "there is another linkage key with this id, " + described(other) +
                                               ", and the new one's fingerprint is " + key.fingerprint() +
                                               "; a linkage key is never overwritten, since its pseudonyms could not "
                                               "be made again");
        }
    }
    for (const auto& other : held) {
        check_epoch(key, other, order);
    }
    return true;
}

}  // namespace tributary
