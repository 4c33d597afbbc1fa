#include "agent/courier/https_client.h"

#include <Poco/Net/HTTPBasicCredentials.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "agent/courier/http_answer.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr int ok = 200;
constexpr int first_server_error = 500;
constexpr int too_many_requests = 429;

}  // namespace

HttpsClient::HttpsClient(HttpsClientConfiguration configuration, Clock& clock)
    : configuration_(std::move(configuration)),
      clock_(clock),
      peer_(read_url(configuration_.url, configuration_.proxy)) {}

std::string HttpsClient::exchange(const HttpsRequest& wish) {
    int verify_failure = X509_V_OK;
    const auto context = make_client_context(configuration_.identity, peer_.host, &verify_failure);
    try {
        Poco::Net::HTTPSClientSession session(peer_.host, peer_.port, context);
        set_up(session, peer_, configuration_.timeouts);
        Poco::Net::HTTPRequest request(wish.method, wish.target, Poco::Net::HTTPMessage::HTTP_1_1);
        request.setContentLength64(static_cast<Poco::Int64>(wish.body.size()));
        if (!wish.content_type.empty()) {
            request.setContentType(wish.content_type);
        }
        if (!wish.user.empty()) {
            Poco::Net::HTTPBasicCredentials(wish.user, wish.password).authenticate(request);
        }
        session.sendRequest(request).write(wish.body.data(), static_cast<std::streamsize>(wish.body.size())).flush();
        Poco::Net::HTTPResponse response;
        std::istream& stream = session.receiveResponse(response);
        HttpAnswer answer;
        answer.status = response.getStatus();
        answer.content_type = response.getContentType();
        read_bounded(stream, answer.body, clock_, configuration_.timeouts.answer, peer_.host);
        if (answer.status != ok) {
            // An error page of some proxy on the way is no word of the repository's.
            const bool later =
                !is_problem(answer) || answer.status >= first_server_error || answer.status == too_many_requests;
            throw Error(later ? ErrorCode::network : ErrorCode::refused, peer_.host + ": " + problem_text(answer));
        }
        return answer.body;
    } catch (const Poco::Exception& fault) {
        explain(fault, verify_failure, peer_);
    }
}

}  // namespace tributary
