#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/keys/linkage_key.h"
#include "agent/platform/file.h"

namespace tributary {

struct StoredKey {
    LinkageKey key;
    std::string place;  ///< for people: a file's path
};

/// Where linkage keys are kept. One thread at a time.
class KeyStore {
  public:
    virtual ~KeyStore() = default;
    /// All keys, in the order of their places. Throws Error(key), Error(permission) for the first that cannot be used.
    virtual std::vector<StoredKey> load() const = 0;
    /// Stores a key durably and returns its place. Throws Error(in_use) if one with this id is there, Error(permission)
    /// if the store is only read.
    virtual std::string add(const LinkageKey& key) = 0;
    /// For people: where it is.
    virtual std::string place() const = 0;
};

/// The files *.key of a folder, each readable by its owner alone (mode 0600). A missing folder holds no keys and is
/// made by add().
std::unique_ptr<KeyStore> folder_key_store(FileSystem& files, std::filesystem::path folder);

/// What systemd puts into $CREDENTIALS_DIRECTORY from LoadCredentialEncrypted=ID.key:... (key files that it decrypts,
/// by the TPM if there is one, for the service alone). Only read. Files there that are no JSON object are other
/// credentials of the service and overlooked.
std::unique_ptr<KeyStore> credential_key_store(FileSystem& files, std::filesystem::path folder);

/// A site's: the folder, and the credentials where systemd gives any. New keys go into the folder.
std::unique_ptr<KeyStore> site_key_store(FileSystem& files, std::filesystem::path folder,
                                         std::optional<std::filesystem::path> credentials);

/// All keys of a store by id. Throws what load() throws, and Error(key) if two places hold one id.
LinkageKeys load_linkage_keys(const KeyStore& store);

enum class EpochOrder { rising, any };

/// Whether a key may join those that are held: true, or false if this very key is held already. Throws Error(in_use)
/// for an id that is taken by another key, and for a key that is held under another id or description. Within a region
/// epochs tell one rotation from the next, so one that is taken is refused always, and one lower than a held one too
/// (an old file that turned up again) unless the order is `any` (a site that joins while two epochs are in use).
bool may_join(const LinkageKey& key, std::span<const StoredKey> held, EpochOrder order);

}  // namespace tributary
