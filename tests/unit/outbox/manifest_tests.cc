#include "agent/outbox/manifest.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/platform/error.h"
#include "tests/unit/outbox/test_chunks.h"

using namespace tributary;
using tributary::testing::sample_manifest;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_manifest(text);
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::input));
        return error.what();
    }
    BOOST_ERROR("was accepted: " + text);
    return {};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest_tests)

BOOST_AUTO_TEST_CASE(the_text_has_the_documented_form) {
    auto manifest = sample_manifest();
    manifest.plain_sha256 = std::string(64, 'a');
    manifest.sealed_sha256 = std::string(64, 'b');
    manifest.policy_sha256 = std::string(64, 'c');
    manifest.previous = std::string(64, 'd');
    BOOST_TEST(
        manifest_text(manifest) ==
        R"({"created":"2026-11-22T08:30:00.125Z","format":"ndjson","id":"00112233445566778899aabbccddeeff",)"
        R"("plain_bytes":3456,"plain_sha256":")" +
            std::string(64, 'a') + R"(","policy_sha256":")" + std::string(64, 'c') + R"(","previous":")" +
            std::string(64, 'd') +
            R"(","pseudonyms":[{"algorithm":"tributary-pseudonym-v1","column":"patient \"1\"","domain":"cardiology",)"
            R"("epoch":3,"key_id":"region-2026","type":"nhs_number"}],"quality":{"fields":[{"empty":1,)"
            R"("field":"nhs_number","filled":9,"invalid":{"check_digit":2},"nhs_number":true},{"empty":0,)"
            R"("field":"admitted","filled":12,"invalid":{},"nhs_number":false}],"opted_out":0,"rejected":{"ragged_row":4},"rows":12,"withheld":{}},)"
            R"("rows":12,"run":"0123456789abcdef0123456789abcdef","schema":[{"name":"patient \"1\"","type":"utf8"},)"
            R"({"name":"admitted","type":"date32"}],"sealed_bytes":1234,"sealed_sha256":")" +
            std::string(64, 'b') + R"(","sequence":2,"site":"RVW","stream":"admissions","tributary_manifest":1})");
}

BOOST_AUTO_TEST_CASE(a_link_names_another_stream_and_a_column_that_is_there) {
    auto manifest = sample_manifest();
    manifest.linked = LinkedStream{"admissions_linkage", "admitted"};
    const auto text = manifest_text(manifest);
    BOOST_TEST(text.find(R"("linked":{"row_key":"admitted","stream":"admissions_linkage"},"plain_bytes")") !=
               std::string::npos);
    BOOST_TEST((parse_manifest(text).linked == manifest.linked));
    BOOST_TEST(!parse_manifest(manifest_text(sample_manifest())).linked.has_value());
    BOOST_TEST(refusal(replaced(text, "admissions_linkage", "admissions")).find("linked.stream") != std::string::npos);
    BOOST_TEST(refusal(replaced(text, "admissions_linkage", "../up")).find("linked.stream") != std::string::npos);
    BOOST_TEST(refusal(replaced(text, R"("row_key":"admitted")", R"("row_key":"other")")).find("linked.row_key") !=
               std::string::npos);
    BOOST_TEST(refusal(replaced(text, R"({"row_key":"admitted",)", R"({"more":1,"row_key":"admitted",)"))
                   .find("does not know") != std::string::npos);
    BOOST_TEST(refusal(replaced(text, R"({"row_key":"admitted","stream":"admissions_linkage"})", "7")).find("linked") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_manifest_comes_back_whole) {
    const auto manifest = sample_manifest();
    const auto text = manifest_text(manifest);
    const auto back = parse_manifest(text);
    BOOST_TEST(manifest_text(back) == text);
    BOOST_TEST(back.id == manifest.id);
    BOOST_TEST((back.created == manifest.created));
    BOOST_TEST(back.sequence == 2U);
    BOOST_TEST((back.schema == manifest.schema));
    BOOST_TEST(back.pseudonyms.at(0).epoch == 3U);
    BOOST_TEST(back.quality.fields.at(0).invalid.at("check_digit") == 2U);
    BOOST_TEST(back.quality.fields.at(0).nhs_number);
    BOOST_TEST(back.quality.rejected.at("ragged_row") == 4U);
}

BOOST_AUTO_TEST_CASE(every_column_type_comes_back) {
    auto manifest = sample_manifest();
    manifest.schema.fields = {{"a", ColumnType::utf8},    {"b", ColumnType::int64},  {"c", ColumnType::float64},
                              {"d", ColumnType::boolean}, {"e", ColumnType::date32}, {"f", ColumnType::timestamp}};
    BOOST_TEST((parse_manifest(manifest_text(manifest)).schema == manifest.schema));
}

BOOST_AUTO_TEST_CASE(field_names_in_any_script_come_back) {
    auto manifest = sample_manifest();
    for (const auto* const name :
         {"\xc3\xa9", "\xe2\x98\x83", "\xf0\x9f\x98\x80", "a\tb", "\x7f", "\xe2\x80\xa8", "/\\\""}) {
        manifest.schema.fields = {{name, ColumnType::utf8}};
        BOOST_TEST((parse_manifest(manifest_text(manifest)).schema == manifest.schema));
    }
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_exact_up_to_two_to_the_53) {
    auto manifest = sample_manifest();
    manifest.rows = 1ULL << 53U;
    BOOST_TEST(parse_manifest(manifest_text(manifest)).rows == 9'007'199'254'740'992U);
    manifest.rows += 1;
    BOOST_TEST((refusal(manifest_text(manifest)).find("rows") != std::string::npos));
    manifest.rows = ~0ULL;
    BOOST_TEST((refusal(manifest_text(manifest)).find("rows") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_missing_field_is_named) {
    const auto text = manifest_text(sample_manifest());
    for (const auto* const name : {"created", "format", "id", "plain_bytes", "plain_sha256", "policy_sha256",
                                   "previous", "pseudonyms", "quality", "run", "schema", "sealed_bytes",
                                   "sealed_sha256", "sequence", "site", "stream", "tributary_manifest"}) {
        const auto quoted = std::string("\"") + name + "\":";
        const auto message = refusal(replaced(text, quoted, std::string("\"x_") + name + "\":"));
        BOOST_TEST((message.find(name) != std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_field_is_named) {
    const auto text = manifest_text(sample_manifest());
    struct Case {
        const char *from, *to, *named;
    };
    for (const auto& [from, to, named] : {
             Case{"\"site\":\"RVW\"", "\"site\":\"rvw\"", "site"},
             Case{"\"site\":\"RVW\"", "\"site\":\"../R\"", "site"},
             Case{"\"site\":\"RVW\"", "\"site\":7", "site"},
             Case{"\"stream\":\"admissions\"", "\"stream\":\"Admissions\"", "stream"},
             Case{"\"stream\":\"admissions\"", "\"stream\":\"a/b\"", "stream"},
             Case{"00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF", "id"},
             Case{"\"sequence\":2", "\"sequence\":0", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":1", "previous"},
             Case{"\"sequence\":2", "\"sequence\":-2", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":2.0", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":\"2\"", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":true", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":1e3", "sequence"},
             Case{"\"sequence\":2", "\"sequence\":99999999999999999999999", "manifest"},
             Case{"\"sealed_bytes\":1234", "\"sealed_bytes\":4194305", "sealed_bytes"},
             Case{"\"sealed_bytes\":1234", "\"sealed_bytes\":0", "sealed_bytes"},
             Case{"\"format\":\"ndjson\"", "\"format\":\"xml\"", "format"},
             Case{"2026-11-22T08:30:00.125Z", "2026-11-22 08:30", "created"},
             Case{"\"type\":\"date32\"", "\"type\":\"date\"", "schema[1].type"},
             Case{"\"name\":\"admitted\"", "\"name\":\"\"", "schema[1].name"},
             Case{"\"name\":\"admitted\"", "\"name\":\"patient \\\"1\\\"\"", "schema[1].name"},
             Case{"\"epoch\":3", "\"epoch\":4294967296", "pseudonyms[0].epoch"},
             Case{"\"key_id\":\"region-2026\"", "\"key_id\":\"region 2026\"", "pseudonyms[0].key_id"},
             Case{"\"check_digit\":2", "\"check digit\":2", "quality.fields[0].invalid"},
             Case{"\"check_digit\":2", "\"check_digit\":-2", "quality.fields[0].invalid"},
             Case{"\"nhs_number\":true", "\"nhs_number\":1", "quality.fields[0].nhs_number"},
             Case{"\"rejected\":{\"ragged_row\":4}", "\"rejected\":[]", "quality.rejected"},
             Case{"\"tributary_manifest\":1", "\"tributary_manifest\":2", "tributary_manifest"},
         }) {
        BOOST_TEST_CONTEXT(to) {
            BOOST_TEST((refusal(replaced(text, from, to)).find(named) != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_in_any_other_form_is_refused) {
    const auto text = manifest_text(sample_manifest());
    refusal("");
    refusal("{}");
    refusal("[]");
    refusal(text + " ");
    refusal(text + text);
    refusal(" " + text);
    refusal(replaced(text, "\"rows\":12,\"run\"", "\"rows\":11,\"rows\":12,\"run\""));
    refusal(replaced(text, "\"site\"", "\"another\":1,\"site\""));
    refusal(replaced(text, "\"admissions\"", "\"\\u0061dmissions\""));
    refusal(replaced(text, "\"sequence\":2", "\"sequence\":02"));
    refusal(replaced(text, "08:30:00.125Z", "08:30:00.125+00:00"));
}

BOOST_AUTO_TEST_CASE(a_text_longer_than_a_signed_one_can_be_is_refused) {
    auto manifest = sample_manifest();
    for (int i = 0; i < 4000; ++i) {
        manifest.schema.fields.push_back(
            {"a column with a rather long name, number " + std::to_string(i), ColumnType::utf8});
    }
    refusal(manifest_text(manifest));
}

BOOST_AUTO_TEST_CASE(names_that_become_paths_have_a_narrow_form) {
    BOOST_TEST(is_site("RVW"));
    BOOST_TEST(is_site("A1"));
    BOOST_TEST(is_site("ABCDEFGH1234"));
    for (const auto* const text : {"", "A", "rvw", "RV W", "RVW/", "..", "ABCDEFGH12345", "R\xc3\x89"}) {
        BOOST_TEST(!is_site(text));
    }
    BOOST_TEST(is_stream("admissions"));
    BOOST_TEST(is_stream("a_1"));
    BOOST_TEST(is_stream(std::string(63, 'a')));
    for (const std::string& text :
         {std::string(), std::string("1a"), std::string("_a"), std::string("A"), std::string("a-b"), std::string("a/b"),
          std::string("a.b"), std::string(64, 'a'), std::string("a\0b", 3)}) {
        BOOST_TEST(!is_stream(text));
    }
    BOOST_TEST(is_chunk_id("0123456789abcdef0123456789abcdef"));
    BOOST_TEST(!is_chunk_id("0123456789abcdef0123456789abcde"));
    BOOST_TEST(!is_chunk_id("0123456789ABCDEF0123456789abcdef"));
    BOOST_TEST(!is_chunk_id("0123456789abcdef0123456789abcdeg"));
}

BOOST_AUTO_TEST_SUITE_END()
