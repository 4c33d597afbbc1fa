#include "agent/deidentify/linkage_schema.h"

#include <bit>
#include <unordered_set>

#include "agent/deidentify/linkage_feature.h"
#include "agent/deidentify/linkage_json.h"
#include "agent/keys/base64.h"
#include "agent/keys/digest.h"
#include "agent/keys/linkage_hash.h"

namespace tributary {

class LinkageSchemaReader {
  public:
    static LinkageSchema read(const LinkageJson& json) {
        LinkageSchema schema;
        read_version(json.at("version"));
        const auto config = json.at("clkConfig");
        read_length(config, schema);
        read_derivation(config.at("kdf"), schema);
        const auto features = json.at("features");
        for (const auto& feature : features.elements(LinkageSchema::most_features)) {
            schema.features_.push_back(read_linkage_feature(feature));
            check_hash(feature, schema, schema.features_.back());
        }
        check_features(features, schema);
        return schema;
    }

    static void set_digest(LinkageSchema& schema, std::string_view json) { schema.digest_ = to_hex(sha256(json)); }

  private:
    static void read_version(const LinkageJson& json) {
        if (json.number() != 3) {
            json.fail("must be 3; clkhash's own tool converts schemas of versions 1 and 2");
        }
    }

    static void read_length(const LinkageJson& config, LinkageSchema& schema) {
        constexpr auto most = static_cast<std::int64_t>(LinkageSchema::most_bits);
        schema.length_ = static_cast<std::size_t>(config.at("l").integer(1, most));
        // The specification calls it xorFolds; what clkhash reads is xor_folds.
        const auto specified = config.find("xorFolds");
        const auto as_read = config.find("xor_folds");
        const auto folds = [](const std::optional<LinkageJson>& json) {
            return json ? static_cast<unsigned>(json->integer(0, 20)) : 0U;
        };
        schema.folds_ = specified ? folds(specified) : folds(as_read);
        if (specified && as_read && folds(specified) != folds(as_read)) {
            as_read->fail("differs from xorFolds beside it");
        }
        if (schema.folds_ > 0 && !as_read) {
            schema.notes_.emplace_back(
                "/clkConfig/xorFolds: folds encodings as version 3 of the schema says; clkhash itself reads xor_folds "
                "alone and would not fold. Write both, with one number.");
        }
        if (schema.length_ << schema.folds_ > LinkageSchema::most_bits) {
            config.fail("asks for more than " + std::to_string(most) + " bits before folding");
        }
    }

    static std::string bytes_of(const LinkageJson& json) {
        auto bytes = from_base64(json.text(), Base64::standard);
        if (!bytes) {
            json.fail("must be base64, padded and without white space");
        }
        return *std::move(bytes);
    }

    static void read_derivation(const LinkageJson& json, LinkageSchema& schema) {
        static constexpr std::string_view types[] = {"HKDF"};
        static constexpr std::string_view hashes[] = {"SHA256", "SHA512"};
        json.at("type").one_of(types);
        if (const auto hash = json.find("hash")) {
            schema.key_derivation_ = static_cast<KeyDerivation>(hash->one_of(hashes));
        }
        if (const auto salt = json.find("salt")) {
            schema.salt_ = bytes_of(*salt);
        }
        if (const auto info = json.find("info")) {
            schema.info_ = bytes_of(*info);
        }
        if (const auto size = json.find("keySize")) {
            schema.key_size_ = static_cast<std::size_t>(size->integer(1, 4096));
        }
    }

    /// What clkhash finds out at the first record.
    static void check_hash(const LinkageJson& json, const LinkageSchema& schema, const LinkageFeature& feature) {
        if (feature.ignored) {
            return;
        }
        if (feature.hash == TokenHash::blake && !std::has_single_bit(schema.hashed_length())) {
            json.fail("uses blakeHash (which stands where no hash is named), so l must be a power of two");
        }
        if (feature.hash == TokenHash::blake && schema.key_size() > KeyedBlake2b::longest_key) {
            json.fail("uses blakeHash (which stands where no hash is named), so keySize must be at most 64");
        }
        if (feature.hash == TokenHash::double_hash_non_singular && schema.hashed_length() < 2) {
            json.fail("prevents the singularity, which takes an l of 2 at least");
        }
    }

    static void check_features(const LinkageJson& json, const LinkageSchema& schema) {
        std::unordered_set<std::string_view> seen;
        for (const auto& feature : schema.features_) {
            if (!feature.ignored && !seen.insert(feature.identifier).second) {
                json.fail("has two features with one identifier, so that fields could not be told to them");
            }
        }
        if (seen.empty()) {
            json.fail("has no feature that is not ignored");
        }
        // RFC 5869, section 2.3: at most 255 digests.
        const std::size_t digest_size = schema.key_derivation() == KeyDerivation::hkdf_sha256 ? 32 : 64;
        const std::size_t derivable = 255 * digest_size;
        if (2 * schema.features_.size() * schema.key_size() > derivable) {
            json.fail("needs two keys of keySize for each feature, more than the " + std::to_string(derivable) +
                      " bytes that HKDF gives");
        }
    }
};

LinkageSchema LinkageSchema::parse(std::string_view json, const std::string& name) {
    auto schema = LinkageSchemaReader::read(LinkageJson::parse(json, name));
    LinkageSchemaReader::set_digest(schema, json);
    return schema;
}

}  // namespace tributary
