#include "agent/courier/http_answer.h"

#include <boost/test/unit_test.hpp>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(http_answer_tests)

namespace {

const TimePoint now = from_rfc3339("2026-11-22T08:30:00.000Z");

HttpAnswer problem(int status, const std::string& body = R"({"title":"Conflict","detail":"sequence already used"})") {
    HttpAnswer response;
    response.status = status;
    response.content_type = "application/problem+json; charset=utf-8";
    response.body = body;
    return response;
}

HttpAnswer page(int status) {
    HttpAnswer response;
    response.status = status;
    response.content_type = "text/html";
    response.body = "<html>a proxy's page</html>";
    return response;
}

Answer::Kind kind(const HttpAnswer& response, ChunkRequest request) {
    return read_answer(response, request, now).kind;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_receipt_is_the_body_of_a_200) {
    HttpAnswer response;
    response.status = 200;
    response.content_type = "application/jose";
    response.body = "a.b.c";
    const Answer answer = read_answer(response, ChunkRequest::send, now);
    BOOST_TEST((answer.kind == Answer::Kind::receipt));
    BOOST_TEST(answer.receipt == "a.b.c");
}

BOOST_AUTO_TEST_CASE(a_200_without_a_receipt_is_no_delivery) {
    BOOST_TEST((kind(page(200), ChunkRequest::announce) == Answer::Kind::later));
    HttpAnswer empty;
    empty.status = 200;
    empty.content_type = "application/jose";
    BOOST_TEST((kind(empty, ChunkRequest::send) == Answer::Kind::later));
}

BOOST_AUTO_TEST_CASE(the_offset_tells_where_to_go_on) {
    HttpAnswer response;
    response.status = 202;
    response.upload_offset = "4096";
    Answer answer = read_answer(response, ChunkRequest::announce, now);
    BOOST_TEST((answer.kind == Answer::Kind::partial));
    BOOST_TEST(answer.held == 4096U);
    response = problem(409);
    response.upload_offset = "17";
    answer = read_answer(response, ChunkRequest::send, now);
    BOOST_TEST((answer.kind == Answer::Kind::partial));
    BOOST_TEST(answer.held == 17U);
}

BOOST_AUTO_TEST_CASE(an_offset_that_is_no_number_is_nonsense) {
    for (const char* offset : {"", "-1", "1x", " 1", "99999999999999999999999", "0x10"}) {
        HttpAnswer response;
        response.status = 202;
        response.upload_offset = offset;
        BOOST_TEST_CONTEXT(offset) {
            BOOST_TEST((kind(response, ChunkRequest::announce) == Answer::Kind::later));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_problem_document_refuses_and_says_why) {
    for (const int status : {400, 413, 422, 409}) {
        const Answer answer = read_answer(problem(status), ChunkRequest::announce, now);
        BOOST_TEST((answer.kind == Answer::Kind::refused));
        BOOST_TEST(answer.message == "HTTP " + std::to_string(status) + ": Conflict: sequence already used");
    }
}

BOOST_AUTO_TEST_CASE(what_concerns_the_site_does_not_condemn_the_chunk) {
    BOOST_TEST((kind(problem(401), ChunkRequest::announce) == Answer::Kind::denied));
    BOOST_TEST((kind(problem(403), ChunkRequest::send) == Answer::Kind::denied));
}

BOOST_AUTO_TEST_CASE(an_error_page_of_a_proxy_condemns_nothing) {
    for (const int status : {301, 302, 400, 403, 404, 407, 413, 451, 500, 502, 504}) {
        BOOST_TEST_CONTEXT(status) {
            BOOST_TEST((kind(page(status), ChunkRequest::announce) == Answer::Kind::later));
            BOOST_TEST((kind(page(status), ChunkRequest::send) == Answer::Kind::later));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_upload_is_announced_again) {
    BOOST_TEST((kind(problem(404), ChunkRequest::send) == Answer::Kind::unannounced));
    BOOST_TEST((kind(problem(404), ChunkRequest::announce) == Answer::Kind::refused));
}

BOOST_AUTO_TEST_CASE(busy_answers_say_when_to_come_back) {
    for (const int status : {425, 429, 503}) {
        HttpAnswer response = problem(status);
        response.retry_after = "120";
        const Answer answer = read_answer(response, ChunkRequest::announce, now);
        BOOST_TEST((answer.kind == Answer::Kind::later));
        BOOST_TEST(answer.retry_after->count() == 120);
    }
}

BOOST_AUTO_TEST_CASE(retry_after_is_seconds_or_a_date_and_at_most_a_day) {
    BOOST_TEST(read_retry_after("0", now)->count() == 0);
    BOOST_TEST(read_retry_after("Sun, 22 Nov 2026 08:32:00 GMT", now)->count() == 120);
    BOOST_TEST(read_retry_after("Sun, 22 Nov 2026 08:00:00 GMT", now)->count() == 0);
    BOOST_TEST(read_retry_after("Mon, 22 Nov 2066 08:00:00 GMT", now)->count() == 86'400);
    BOOST_TEST(read_retry_after("99999999999999999999999999", now)->count() == 86'400);
    for (const char* text : {"", "-5", "soon", "1.5", "Sun, 99 Nov 2026 08:32:00 GMT"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!read_retry_after(text, now).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_hostile_problem_document_stays_one_short_line) {
    const Answer forged =
        read_answer(problem(422, "{\"title\":\"x\\r\\n2026-11-22 error forged line\\u001b[2J\",\"detail\":\"" +
                                     std::string(900, 'y') + "\"}"),
                    ChunkRequest::announce, now);
    BOOST_TEST(forged.message.size() <= 300U);
    BOOST_TEST(forged.message.find_first_of("\r\n\x1b") == std::string::npos);
    const Answer broken = read_answer(problem(422, "{\"title\":[1,2"), ChunkRequest::announce, now);
    BOOST_TEST((broken.kind == Answer::Kind::refused));
    BOOST_TEST(broken.message == "HTTP 422: (a problem document that cannot be read)");
}

BOOST_AUTO_TEST_SUITE_END()
