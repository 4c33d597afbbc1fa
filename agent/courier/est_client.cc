#include "agent/courier/est_client.h"

#include <utility>

#include "agent/keys/est_message.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr const char* requests = "application/pkcs10";

}  // namespace

EstClient::EstClient(HttpsClientConfiguration configuration, Clock& clock) : client_(std::move(configuration), clock) {}

std::vector<Certificate> EstClient::authority() {
    return exchange({"GET", "cacerts"});
}

Certificate EstClient::enrol(const std::string& site, const std::string& secret, const std::string& request) {
    return exchange({"POST", "simpleenroll", requests, est_request(request), site, secret}).front();
}

Certificate EstClient::renew(const std::string& request) {
    return exchange({"POST", "simplereenroll", requests, est_request(request)}).front();
}

std::vector<Certificate> EstClient::exchange(HttpsRequest wish) {
    wish.target.insert(0, "/.well-known/est/");
    const std::string body = client_.exchange(wish);
    try {
        return read_est_certificates(body);
    } catch (const Error& error) {
        throw Error(ErrorCode::network, client_.host() + " answers what is no certificate: " + error.what());
    }
}

}  // namespace tributary
