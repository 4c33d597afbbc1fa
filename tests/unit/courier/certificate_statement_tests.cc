#include "agent/courier/certificate_statement.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/courier/receipt.h"
#include "agent/keys/jws.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string challenge = "00112233445566778899aabbccddeeff";

template <typename Read>
ErrorCode refusal(Read read) {
    try {
        read();
    } catch (const Error& error) {
        return error.code();
    }
    BOOST_FAIL("it was read");
    return ErrorCode::internal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certificate_statement_tests)

BOOST_AUTO_TEST_CASE(a_statement_is_believed_by_its_signature) {
    const auto signer = p256_identity("signing");
    const auto other = p256_identity("other");
    const auto jws = sign_statement({challenge, "an encryption certificate", "a signing certificate"}, signer.key);
    const auto statement = verify_statement(jws, signer.certificate);
    BOOST_TEST(statement.challenge == challenge);
    BOOST_TEST(statement.encryption == "an encryption certificate");
    BOOST_TEST(statement.signing == "a signing certificate");
    BOOST_TEST((refusal([&] { verify_statement(jws, other.certificate); }) == ErrorCode::refused));
}

BOOST_AUTO_TEST_CASE(nothing_else_that_the_repository_signs_is_a_statement) {
    const auto signer = p256_identity("signing");
    const auto receipt = sign_receipt(Receipt{challenge, "RVW", "admissions", 1, std::string(64, 'a'), {}}, signer.key);
    BOOST_TEST((refusal([&] { verify_statement(receipt, signer.certificate); }) == ErrorCode::input));
    const auto statement = sign_statement({challenge, "", ""}, signer.key);
    BOOST_TEST((refusal([&] { verify_receipt(statement, signer.certificate); }) == ErrorCode::input));
    for (
        const auto* text :
        {"{}", "[]", R"({"challenge":"00112233445566778899aabbccddeeff","encryption":"","signing":"","statement":"x"})",
         R"({"challenge":"0011","encryption":"","signing":"","statement":"certificates"})",
         R"({"challenge":"00112233445566778899aabbccddeeff","encryption":1,"signing":"","statement":"certificates"})"}) {
        BOOST_TEST((refusal([&] { parse_statement(text); }) == ErrorCode::input), text);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_holds_statements_and_nothing_else) {
    BOOST_TEST(
        read_certificate_answer(certificate_answer({"a.b.c", "d.e.f"})) == (std::vector<std::string>{"a.b.c", "d.e.f"}),
        boost::test_tools::per_element());
    std::string many = R"({"statements":["a")";
    for (int i = 0; i < 64; ++i) {
        many += ",\"a\"";
    }
    for (const auto& text : {std::string("{}"), std::string(R"({"statements":[]})"),
                             std::string(R"({"statements":"a"})"), std::string(R"({"statements":[1]})"), many + "]}"}) {
        BOOST_TEST((refusal([&] { read_certificate_answer(text); }) == ErrorCode::input), text.substr(0, 40));
    }
}

BOOST_AUTO_TEST_CASE(receipts_of_before_are_believed_after_another_key_came) {
    const auto before = p256_identity("signing");
    const auto now = p256_identity("signing");
    const auto stranger = p256_identity("signing");
    const ReceiptSigners signers(now.certificate, {before.certificate});
    const Receipt receipt{challenge, "RVW", "admissions", 7, std::string(64, 'a'), {}};
    BOOST_TEST(verify_receipt(sign_receipt(receipt, before.key), signers).sequence == 7U);
    BOOST_TEST(verify_receipt(sign_receipt(receipt, now.key), signers).sequence == 7U);
    BOOST_TEST((refusal([&] { verify_receipt(sign_receipt(receipt, stranger.key), signers); }) == ErrorCode::refused));
}

BOOST_AUTO_TEST_SUITE_END()
