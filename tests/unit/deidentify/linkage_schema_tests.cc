#include "agent/deidentify/linkage_schema.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "agent/keys/digest.h"
#include "agent/platform/error.h"
#include "agent/platform/file.h"

using namespace tributary;

namespace {

const std::string text_format = R"({"type": "string"})";
const std::string ngram_hashing =
    R"({"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 100}, "hash": {"type": "doubleHash"}})";

std::string feature(const std::string& format = text_format, const std::string& hashing = ngram_hashing,
                    const std::string& identifier = "name") {
    return R"({"identifier": ")" + identifier + R"(", "format": )" + format + R"(, "hashing": )" + hashing + "}";
}

std::string schema(const std::string& features, const std::string& config = R"("l": 1024, "kdf": {"type": "HKDF"})",
                   const std::string& version = "3") {
    return R"({"version": )" + version + R"(, "clkConfig": {)" + config + R"(}, "features": [)" + features + "]}";
}

std::string hashing(const std::string& comparison, const std::string& rest) {
    return R"({"comparison": )" + comparison + R"(, "strategy": {"bitsPerToken": 10})" + rest + "}";
}

/// The error that the text gives, less the file's name; "" if it gives none.
std::string fault_of(const std::string& json) {
    try {
        LinkageSchema::parse(json, "person.json");
        return "";
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::configuration));
        const std::string message = error.what();
        BOOST_REQUIRE(message.substr(0, 11) == "person.json");
        return message.substr(message.find_first_not_of(": ", 11));
    }
}

void check_fault(const std::string& json, const std::string& start) {
    const auto said = fault_of(json);
    BOOST_CHECK_MESSAGE(said.substr(0, start.size()) == start, "'" + said + "' in place of '" + start + "'");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linkage_schema_tests)

BOOST_AUTO_TEST_CASE(the_example_is_read_as_it_is) {
    const auto folder = std::filesystem::path(TRIBUTARY_CONFIG_FOLDER) / "linkage";
    const auto json = read_file(system_files(), folder / "person.json", 1U << 20U);
    const auto person = LinkageSchema::parse(json, "person.json");
    BOOST_TEST(person.length() == 1024U);
    BOOST_TEST(person.hashed_length() == 1024U);
    BOOST_TEST(person.info() == "tributary linkage example");
    BOOST_TEST(person.key_size() == 64U);
    BOOST_TEST(person.digest() == to_hex(sha256(json)));
    BOOST_TEST(person.notes().empty());
    BOOST_REQUIRE(person.features().size() == 5U);
    const auto& born = person.features()[2];
    BOOST_TEST(born.identifier == "date_of_birth");
    BOOST_TEST((born.hash == TokenHash::blake));
    BOOST_TEST(born.bits_are_per_feature);
    BOOST_TEST(born.bits == 200U);
    BOOST_TEST(std::get<NgramComparison>(born.comparison).positional);
    BOOST_TEST(born.missing->replacement == "");
}

BOOST_AUTO_TEST_CASE(what_the_schema_leaves_out_has_its_defaults) {
    const auto plain =
        LinkageSchema::parse(schema(feature(text_format, hashing(R"({"type": "exact"})", ""))), "person.json");
    BOOST_TEST((plain.key_derivation() == KeyDerivation::hkdf_sha256));
    BOOST_TEST(plain.salt().empty());
    BOOST_TEST(plain.info().empty());
    BOOST_TEST(plain.key_size() == 64U);
    BOOST_TEST(plain.folds() == 0U);
    BOOST_TEST((plain.features()[0].hash == TokenHash::blake));
    BOOST_TEST((encoding_of(plain.features()[0].format) == TextEncoding::utf_8));
}

BOOST_AUTO_TEST_CASE(ignored_features_need_no_more_than_their_name) {
    const auto one = LinkageSchema::parse(
        schema(R"({"identifier": "row", "ignored": true, "description": "none"}, )" + feature()), "person.json");
    BOOST_TEST(one.features()[0].ignored);
    BOOST_TEST(!one.features()[1].ignored);
    check_fault(schema(R"({"identifier": "row", "ignored": true})"), "/features: has no feature that is not ignored");
    check_fault(schema(R"({"identifier": "row", "ignored": true, "x": 1}, )" + feature()),
                "/features/0: has a member 'x'");
}

BOOST_AUTO_TEST_CASE(folds_count_in_either_spelling_and_a_note_says_which_one_clkhash_reads) {
    const auto config = [](const std::string& folds) { return R"("l": 512, "kdf": {"type": "HKDF"}, )" + folds; };
    const auto specified = LinkageSchema::parse(schema(feature(), config(R"("xorFolds": 2)")), "person.json");
    BOOST_TEST(specified.hashed_length() == 2048U);
    BOOST_TEST(specified.notes().size() == 1U);
    const auto read = LinkageSchema::parse(schema(feature(), config(R"("xor_folds": 2)")), "person.json");
    BOOST_TEST(read.hashed_length() == 2048U);
    BOOST_TEST(read.notes().empty());
    check_fault(schema(feature(), config(R"("xorFolds": 1, "xor_folds": 2)")), "/clkConfig/xor_folds: differs");
}

BOOST_AUTO_TEST_CASE(a_fault_is_named_with_its_place) {
    check_fault("", "is not valid JSON");
    check_fault("[]", "is not a JSON object");
    check_fault("{}", "lacks 'version'");
    check_fault(schema(feature(), R"("l": 1024, "kdf": {"type": "HKDF"})", "2"), "/version: must be 3");
    check_fault(schema(feature(), R"("kdf": {"type": "HKDF"})"), "/clkConfig: lacks 'l'");
    check_fault(schema(feature(), R"("l": "1024", "kdf": {"type": "HKDF"})"), "/clkConfig/l: must be a whole number");
    check_fault(schema(feature(), R"("l": 0, "kdf": {"type": "HKDF"})"), "/clkConfig/l: must be a whole number from 1");
    check_fault(schema(feature(), R"("l": 1024, "kdf": {"type": "legacy"})"), "/clkConfig/kdf/type: must be \"HKDF\"");
    check_fault(schema(feature(), R"("l": 8, "kdf": {"type": "HKDF", "salt": "?"})"),
                "/clkConfig/kdf/salt: must be base64");
    check_fault(schema(feature(), R"("l": 8, "kdf": {"type": "HKDF", "hash": "MD5"})"),
                "/clkConfig/kdf/hash: must be one of");
    check_fault(schema(feature(), R"("l": 8, "kdf": {"type": "HKDF", "keySize": 4081})"), "/features: needs two keys");
    check_fault(schema(""), "/features: has no feature");
    check_fault(schema("1"), "/features/0: must be an object");
    check_fault(schema(feature() + "," + feature()), "/features: has two features with one identifier");
    check_fault(schema(R"({"identifier": "a~/b", "format": {"type": "string"}})"), "/features/0: lacks 'hashing'");
}

BOOST_AUTO_TEST_CASE(a_wrong_format_is_named_with_its_place) {
    const auto fault = [](const std::string& format) { return schema(feature(format)); };
    check_fault(fault(R"({"type": "number"})"), "/features/0/format/type: must be one of \"string\", \"integer\"");
    check_fault(fault(R"({"type": "string", "minimum": 1})"), "/features/0/format: has a member 'minimum'");
    check_fault(fault(R"({"type": "string", "encoding": "latin-1"})"), "/features/0/format/encoding: must be one of");
    check_fault(fault(R"({"type": "string", "minLength": 3, "maxLength": 2})"),
                "/features/0/format/maxLength: is below");
    check_fault(fault(R"({"type": "string", "pattern": "[5-9"})"),
                "/features/0/format/pattern: is not a regular expression");
    check_fault(fault(R"({"type": "string", "pattern": "a", "case": "upper"})"),
                "/features/0/format: has a member 'case'");
    check_fault(fault(R"({"type": "integer", "minimum": 1.5})"), "/features/0/format/minimum: must be a whole number");
    check_fault(fault(R"({"type": "integer", "maximum": 18446744073709551615})"),
                "/features/0/format/maximum: must be");
    check_fault(fault(R"({"type": "date"})"), "/features/0/format: lacks 'format'");
    check_fault(fault(R"({"type": "date", "format": "%Y-%j"})"), "/features/0/format/format: may hold the directives");
    check_fault(fault(R"({"type": "date", "format": "%Y-%y"})"), "/features/0/format/format: names the year");
    check_fault(fault(R"({"type": "date", "format": "%"})"), "/features/0/format/format: may hold the directives");
    check_fault(fault(R"({"type": "date", "format": "yyyy"})"), "/features/0/format/format: names no part of a date");
    check_fault(fault(R"({"type": "enum", "values": []})"), "/features/0/format/values: is empty");
    check_fault(fault(R"({"type": "enum", "values": [1]})"), "/features/0/format/values/0: must be a text");
}

BOOST_AUTO_TEST_CASE(a_wrong_hashing_is_named_with_its_place) {
    const auto fault = [](const std::string& of_feature) { return schema(feature(text_format, of_feature)); };
    const std::string exact = R"({"type": "exact"})";
    check_fault(fault("{}"), "/features/0/hashing: lacks 'comparison'");
    check_fault(fault(R"({"comparison": {"type": "exact"}, "ngram": 2})"), "/features/0/hashing: has a member 'ngram'");
    check_fault(fault(R"({"comparison": {"type": "exact"}, "strategy": {}})"),
                "/features/0/hashing/strategy: must have");
    check_fault(fault(R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 1, "bitsPerFeature": 1}})"),
                "/features/0/hashing/strategy: must have");
    check_fault(fault(R"({"comparison": {"type": "exact"}, "strategy": {"k": 1}})"),
                "/features/0/hashing/strategy: has a member 'k'");
    check_fault(fault(R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 0}})"),
                "/features/0/hashing/strategy/bitsPerToken: must be a whole number from 1");
    check_fault(fault(hashing(R"({"type": "phonetic"})", "")), "/features/0/hashing/comparison/type: must be one of");
    check_fault(fault(hashing(R"({"type": "ngram", "n": 0})", "")), "/features/0/hashing/comparison/n: must be");
    check_fault(fault(hashing(R"({"type": "numeric", "resolution": 1, "thresholdDistance": 0})", "")),
                "/features/0/hashing/comparison/thresholdDistance: must be above 0");
    check_fault(
        fault(hashing(R"({"type": "numeric", "resolution": 1, "thresholdDistance": 0.001, "fractional_precision": 2})",
                      "")),
        "/features/0/hashing/comparison/thresholdDistance: is rounded to 0");
    check_fault(fault(hashing(exact, R"(, "hash": {"type": "sha256"})")),
                "/features/0/hashing/hash/type: must be one of");
    check_fault(fault(hashing(exact, R"(, "hash": {"type": "blakeHash", "prevent_singularity": false})")),
                "/features/0/hashing/hash/prevent_singularity: belongs to doubleHash");
    check_fault(fault(hashing(exact, R"(, "missingValue": {})")), "/features/0/hashing/missingValue: lacks 'sentinel'");
    check_fault(schema(feature(R"({"type": "string", "encoding": "ascii"})",
                               hashing(exact, R"(, "missingValue": {"sentinel": "", "replaceWith": "é"})"))),
                "/features/0/hashing/missingValue/replaceWith: is hashed as ASCII");
}

BOOST_AUTO_TEST_CASE(what_would_fail_at_the_first_record_fails_here) {
    const auto blake = feature(text_format, hashing(R"({"type": "exact"})", ""));
    check_fault(schema(blake, R"("l": 1000, "kdf": {"type": "HKDF"})"),
                "/features/0: uses blakeHash (which stands where no hash is named), so l");
    check_fault(schema(blake, R"("l": 1024, "kdf": {"type": "HKDF", "keySize": 65})"),
                "/features/0: uses blakeHash (which stands where no hash is named), so keySize");
    const auto single =
        feature(text_format,
                hashing(R"({"type": "exact"})", R"(, "hash": {"type": "doubleHash", "prevent_singularity": true})"));
    check_fault(schema(single, R"("l": 1, "kdf": {"type": "HKDF"})"), "/features/0: prevents the singularity");
    check_fault(schema(feature(), R"("l": 1048576, "xor_folds": 1, "kdf": {"type": "HKDF"})"),
                "/clkConfig: asks for more than");
}

BOOST_AUTO_TEST_SUITE_END()
