#include "agent/keys/linkage_key.h"

#include <Poco/JSON/Object.h>

#include <algorithm>
#include <bitset>
#include <limits>
#include <string_view>
#include <utility>

#include "agent/keys/base64.h"
#include "agent/keys/digest.h"
#include "agent/keys/json.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t key_file_limit = 16U << 10U;
constexpr std::size_t fewest_different_bytes = 16;  // 32 random bytes have fewer about once in 10^16
constexpr std::array<const char*, 6> key_file_fields = {
    "tributary_linkage_key", "id", "epoch", "created", "key", "fingerprint"};

using KeyBytes = std::array<std::uint8_t, LinkageKey::size>;

bool is_key_id(std::string_view id) noexcept {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

bool looks_typed(const KeyBytes& bytes) noexcept {
    std::bitset<256> seen;
    bool printable = true;
    for (const auto byte : bytes) {
        seen.set(byte);
        printable = printable && byte >= 0x20 && byte < 0x7f;
    }
    return printable || seen.count() < fewest_different_bytes;
}

/// Wipes a text that held key bytes, also when an exception leaves the scope.
class Wiped {
  public:
    explicit Wiped(std::string& text) : text_(text) {}
    ~Wiped() { wipe(text_.data(), text_.size()); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

  private:
    std::string& text_;
};

/// The faults of a key file, each with the file's name and never with its content.
class KeyFile {
  public:
    KeyFile(std::string name, std::string_view text) : name_(std::move(name)), object_(parse(text)) {}

    LinkageKey key() const {
        check_fields();
        if (integer("tributary_linkage_key") != 1) {
            fail("has a form (tributary_linkage_key) that this version does not know");
        }
        const auto id = text("id");
        if (!is_key_id(id)) {
            fail("has an id that is not 1 to 64 letters, digits, '-', '_' or '.'");
        }
        const auto epoch = integer("epoch");
        if (epoch < 0 || epoch > std::numeric_limits<std::uint32_t>::max()) {
            fail("has an epoch that is not a number from 0 to 4294967295");
        }
        check_created();
        auto bytes = key_bytes();
        LinkageKey key(id, static_cast<std::uint32_t>(epoch), bytes);
        wipe(bytes.data(), bytes.size());
        if (text("fingerprint") != key.fingerprint()) {
            fail(
                "has a fingerprint that does not match its key: the file was changed or cut; get it anew from the "
                "key custodian");
        }
        return key;
    }

  private:
    [[noreturn]] void fail(const std::string& fault) const {
        throw Error(ErrorCode::key, name_ + ": the linkage key file " + fault);
    }

    Poco::JSON::Object::Ptr parse(std::string_view text) const {
        try {
            return parse_json_object(text, "file", key_file_limit);
        } catch (const Error&) {
            fail("is not the JSON object that `tributary key create` writes");
        }
    }

    void check_fields() const {
        for (const auto& [field, value] : *object_) {
            if (std::find(key_file_fields.begin(), key_file_fields.end(), field) == key_file_fields.end()) {
                fail("has a field that it must not have");  // its name may be key material in the wrong place
            }
        }
    }

    std::string text(const char* field) const {
        const auto value = object_->get(field);
        if (!value.isString()) {
            fail(std::string("lacks the text \"") + field + "\"");
        }
        return value.extract<std::string>();
    }

    std::int64_t integer(const char* field) const {
        const auto value = object_->get(field);
        if (!value.isInteger() || value.isBoolean()) {
            fail(std::string("lacks the whole number \"") + field + "\"");
        }
        try {
            return value.convert<std::int64_t>();
        } catch (const std::exception&) {
            fail(std::string("has a number \"") + field + "\" that is too large");
        }
    }

    void check_created() const {
        const auto created = text("created");
        try {
            from_rfc3339(created);
        } catch (const Error&) {
            fail("has a \"created\" that is not a time as in 2026-11-22T08:30:00.000Z");
        }
    }

    KeyBytes key_bytes() const {
        auto encoded = text("key");
        const Wiped encoded_wiped(encoded);
        auto decoded = from_base64(encoded, Base64::standard).value_or(std::string());
        const Wiped decoded_wiped(decoded);
        if (decoded.size() != LinkageKey::size) {
            fail("has a key that is not 32 bytes in base64; a passphrase is no linkage key");
        }
        KeyBytes bytes{};
        std::copy(decoded.begin(), decoded.end(), bytes.begin());
        if (looks_typed(bytes)) {
            wipe(bytes.data(), bytes.size());
            fail(
                "has a key that is not random (a passphrase, or a few bytes repeated); whoever guesses it undoes "
                "every pseudonym. Create one with `tributary key create`");
        }
        return bytes;
    }

    std::string name_;
    Poco::JSON::Object::Ptr object_;
};

}  // namespace

LinkageKey::LinkageKey(std::string id, std::uint32_t epoch, const std::array<std::uint8_t, size>& bytes)
    : id_(std::move(id)), epoch_(epoch), bytes_(bytes) {
    if (!is_key_id(id_)) {
        wipe(bytes_.data(), bytes_.size());
        throw Error(ErrorCode::key, "a linkage key's id is 1 to 64 letters, digits, '-', '_' or '.'");
    }
}

LinkageKey::LinkageKey(LinkageKey&& other) noexcept
    : id_(std::move(other.id_)), epoch_(other.epoch_), bytes_(other.bytes_) {
    wipe(other.bytes_.data(), other.bytes_.size());
}

LinkageKey LinkageKey::create(std::string id, std::uint32_t epoch) {
    KeyBytes bytes{};
    fill_random(bytes);
    LinkageKey key(std::move(id), epoch, bytes);
    wipe(bytes.data(), bytes.size());
    return key;
}

std::string LinkageKey::fingerprint() const {
    Sha256 digest;
    digest.update("tributary linkage key fingerprint v1");
    digest.update({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
    return to_hex(digest.finish()).substr(0, 16);
}

std::string write_linkage_key(const LinkageKey& key, TimePoint created) {
    auto encoded = to_base64({reinterpret_cast<const char*>(key.bytes().data()), key.bytes().size()}, Base64::standard);
    const Wiped wiped(encoded);
    Poco::JSON::Object object;
    object.set("tributary_linkage_key", 1);
    object.set("id", key.id());
    object.set("epoch", key.epoch());
    object.set("created", to_rfc3339(created));
    object.set("key", encoded);
    object.set("fingerprint", key.fingerprint());
    return json_text(object) + "\n";
}

LinkageKey parse_linkage_key(std::string_view text, const std::string& name) {
    return KeyFile(name, text).key();
}

LinkageKey read_linkage_key(FileSystem& files, const std::filesystem::path& file) {
    auto text = read_file(files, file, key_file_limit);
    const Wiped wiped(text);
    if (const auto why = why_not_private(file)) {
        throw Error(ErrorCode::permission, file.string() + ": a linkage key must not be open to others: " + *why);
    }
    return parse_linkage_key(text, file.string());
}

LinkageKeys LinkageKeys::load(FileSystem& files, const std::filesystem::path& folder) {
    LinkageKeys keys;
    if (!files.exists(folder)) {
        return keys;
    }
    for (const auto& name : files.list(folder)) {
        const auto file = folder / name;
        if (file.extension() != ".key") {
            continue;
        }
        auto key = read_linkage_key(files, file);
        if (keys.find(key.id()) != nullptr) {
            throw Error(ErrorCode::key, file.string() +
                                            ": another file of this folder holds a linkage key with the id " +
                                            key.id() + " too; remove one of them");
        }
        keys.add(std::move(key));
    }
    return keys;
}

void LinkageKeys::add(LinkageKey key) {
    auto id = key.id();
    if (!keys_.emplace(id, std::move(key)).second) {
        throw Error(ErrorCode::key, "there are two linkage keys with the id " + id);
    }
}

const LinkageKey* LinkageKeys::find(const std::string& id) const noexcept {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : &found->second;
}

std::vector<std::string> LinkageKeys::ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, key] : keys_) {
        ids.push_back(id);
    }
    return ids;
}

}  // namespace tributary
