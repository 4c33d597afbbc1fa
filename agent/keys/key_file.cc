#include "agent/keys/key_file.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bitset>
#include <cstring>
#include <limits>
#include <optional>

#include "agent/keys/json.h"
#include "agent/platform/access.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t fewest_different_bytes = 16;  // 32 random bytes have fewer about once in 10^16
constexpr std::array<std::string_view, 6> form_1_fields = {
    "tributary_linkage_key", "id", "epoch", "created", "key", "fingerprint"};
constexpr std::array<std::string_view, 3> form_2_fields = {"region", "domains", "site"};

constexpr std::size_t encoded_size = (LinkageKey::size + 2) / 3 * 4;
using EncodedKey = std::array<char, encoded_size + 1>;  // EVP_EncodeBlock ends it with a zero
/// Stands for the key while JSON is read and written, so that the JSON library's buffers never hold it.
constexpr std::string_view placeholder = "the key stands here, and nowhere else in it.";
static_assert(placeholder.size() == encoded_size);

void encode(const LinkageKey::Bytes& bytes, EncodedKey& encoded) noexcept {
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), bytes.data(), static_cast<int>(bytes.size()));
}

bool looks_typed(const LinkageKey::Bytes& bytes) noexcept {
    std::bitset<256> seen;
    bool printable = true;
    for (const auto byte : bytes) {
        seen.set(byte);
        printable = printable && byte >= 0x20 && byte < 0x7f;
    }
    return printable || seen.count() < fewest_different_bytes;
}

bool is_base64_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// Where the base64 of 32 bytes stands in quotes: the only text of that form in a key file.
std::optional<std::size_t> find_encoded_key(std::string_view text) noexcept {
    for (auto quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"', quote + 1)) {
        const auto candidate = text.substr(quote + 1, encoded_size + 1);
        if (candidate.size() == encoded_size + 1 && candidate.substr(encoded_size - 1) == "=\"" &&
            std::all_of(candidate.begin(), candidate.begin() + encoded_size - 1, is_base64_digit)) {
            return quote + 1;
        }
    }
    return std::nullopt;
}

/// The faults of a key file, each with the file's name and never with its content.
class KeyFile {
  public:
    KeyFile(std::string name, std::string_view text)
        : name_(std::move(name)), encoded_at_(find_encoded_key(text)), text_(text), object_(parse()) {}

    AddressedKey key() const {
        const auto form = integer("tributary_linkage_key");
        if (form != 1 && form != 2) {
            fail("has a form (tributary_linkage_key) that this version does not know");
        }
        check_fields(form);
        const Locked<LinkageKey::Bytes> bytes(std::in_place);
        read_bytes(*bytes);
        AddressedKey result{described(form, *bytes), site()};
        if (text("fingerprint") != result.key.fingerprint()) {
            fail(
                "has a fingerprint that does not match its key: the file was changed or cut; get it anew from the "
                "key custodian");
        }
        return result;
    }

    [[noreturn]] void fail(const std::string& fault) const {
        throw Error(ErrorCode::key, name_ + ": the linkage key file " + fault);
    }

  private:
    Poco::JSON::Object::Ptr parse() const {
        std::string masked(text_.substr(0, encoded_at_.value_or(text_.size())));
        if (encoded_at_) {
            masked.append(placeholder).append(text_.substr(*encoded_at_ + encoded_size));
        }
        try {
            return parse_json_object(masked, "file", key_file_limit);
        } catch (const Error&) {
            fail("is not the whole JSON object that `tributary key create` writes");
        }
    }

    void check_fields(std::int64_t form) const {
        for (const auto& [field, value] : *object_) {
            const auto among = [&field = field](const auto& fields) {
                return std::find(fields.begin(), fields.end(), field) != fields.end();
            };
            if (!among(form_1_fields) && !(form == 2 && among(form_2_fields))) {
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

    std::string site() const {
        if (!object_->has("site")) {
            return {};
        }
        auto site = text("site");
        if (!is_site_code(site)) {
            fail("has a \"site\" that is not 2 to 12 capital letters and digits");
        }
        return site;
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

    std::uint32_t epoch() const {
        const auto number = integer("epoch");
        if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
            fail("has an epoch that is not a number from 0 to 4294967295");
        }
        return static_cast<std::uint32_t>(number);
    }

    TimePoint created() const {
        const auto created = text("created");
        try {
            return from_rfc3339(created);
        } catch (const Error&) {
            fail("has a \"created\" that is not a time as in 2026-11-22T08:30:00.000Z");
        }
    }

    std::vector<std::string> domains() const {
        const auto array = object_->getArray("domains");
        if (array.isNull()) {
            fail("lacks the array \"domains\"");
        }
        std::vector<std::string> domains;
        for (const auto& element : *array) {
            if (!element.isString()) {
                fail("has \"domains\" that are not texts");
            }
            domains.push_back(element.extract<std::string>());
        }
        return domains;
    }

    LinkageKey described(std::int64_t form, const LinkageKey::Bytes& bytes) const {
        LinkageKeyDescription description;
        description.id = text("id");
        description.epoch = epoch();
        description.created = created();
        if (form == 2) {
            description.region = text("region");
            description.domains = domains();
        }
        try {
            return {std::move(description), bytes};
        } catch (const Error& error) {
            fail(std::string("has a word that is none: ") + error.what());
        }
    }

    void read_bytes(LinkageKey::Bytes& bytes) const {
        if (!encoded_at_ || text("key") != placeholder) {
            fail("has a key that is not 32 bytes in base64; a passphrase is no linkage key");
        }
        const Locked<std::array<unsigned char, LinkageKey::size + 1>> decoded(std::in_place);  // 44 digits give 33
        const auto digits = text_.substr(*encoded_at_, encoded_size);
        EVP_DecodeBlock(decoded->data(), reinterpret_cast<const unsigned char*>(digits.data()), encoded_size);
        std::copy_n(decoded->begin(), bytes.size(), bytes.begin());
        const Locked<EncodedKey> again(std::in_place);
        encode(bytes, *again);
        if (std::string_view(again->data(), encoded_size) != digits) {  // one key must have one text
            fail("has a key that is not 32 bytes in base64 (stray bits at its end)");
        }
        if (looks_typed(bytes)) {
            fail(
                "has a key that is not random (a passphrase, or a few bytes repeated); whoever guesses it undoes "
                "every pseudonym. Create one with `tributary key create`");
        }
    }

    std::string name_;
    std::optional<std::size_t> encoded_at_;
    std::string_view text_;
    Poco::JSON::Object::Ptr object_;
};

}  // namespace

bool is_site_code(std::string_view text) noexcept {
    return text.size() >= 2 && text.size() <= 12 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

LockedMemory write_linkage_key(const LinkageKey& key, const std::string& site) {
    Poco::JSON::Array::Ptr domains = new Poco::JSON::Array;
    for (const auto& domain : key.domains()) {
        domains->add(domain);
    }
    Poco::JSON::Object object;
    object.set("tributary_linkage_key", 2);
    object.set("id", key.id());
    object.set("epoch", key.epoch());
    object.set("region", key.region());
    object.set("domains", domains);
    object.set("created", to_rfc3339(key.created()));
    object.set("key", std::string(placeholder));
    object.set("fingerprint", key.fingerprint());
    if (!site.empty()) {
        object.set("site", site);
    }
    const auto text = json_text(object) + "\n";
    const Locked<EncodedKey> encoded(std::in_place);
    encode(key.bytes(), *encoded);
    LockedMemory content(text.size());
    std::copy(text.begin(), text.end(), content.bytes().begin());
    std::copy_n(encoded->begin(), encoded_size,
                content.bytes().begin() + static_cast<std::ptrdiff_t>(text.find(placeholder)));
    return content;
}

AddressedKey parse_addressed_key(std::string_view text, const std::string& name) {
    return KeyFile(name, text).key();
}

LinkageKey parse_linkage_key(std::string_view text, const std::string& name) {
    const KeyFile file(name, text);
    auto [key, site] = file.key();
    if (!site.empty()) {
        file.fail("is made out to a site: it is what a sealed file holds, and `tributary key import` takes that");
    }
    return std::move(key);
}

LockedMemory read_secret_file(FileSystem& files, const std::filesystem::path& file, std::size_t limit) {
    const auto open = files.open_for_reading(file);
    const LockedMemory room(limit + 1);
    std::size_t size = 0;
    const std::span<char> space(reinterpret_cast<char*>(room.bytes().data()), room.bytes().size());
    while (size < space.size()) {
        const auto count = open->read(space.subspan(size));
        if (count == 0) {
            break;
        }
        size += count;
    }
    if (size > limit) {
        throw Error(ErrorCode::limit,
                    file.string() + " is larger than the " + std::to_string(limit) + " bytes allowed for such a file");
    }
    LockedMemory content(size);
    std::copy_n(room.bytes().begin(), size, content.bytes().begin());
    return content;
}

LinkageKey read_linkage_key(FileSystem& files, const std::filesystem::path& file) {
    const auto content = read_secret_file(files, file, key_file_limit);
    if (const auto why = why_not_private(file)) {
        throw Error(ErrorCode::permission, file.string() + ": a linkage key must not be open to others: " + *why);
    }
    return parse_linkage_key(content.text(), file.string());
}

}  // namespace tributary
