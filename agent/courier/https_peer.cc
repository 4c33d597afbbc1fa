#include "agent/courier/https_peer.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/URI.h>
#include <openssl/x509_vfy.h>

#include <typeinfo>

#include "agent/courier/tls_failure.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::size_t maximum_answer_bytes = 256U << 10U;

Poco::Timespan timespan(std::chrono::seconds seconds) {
    return {static_cast<long>(seconds.count()), 0};
}

}  // namespace

HttpsPeer read_url(const std::string& url, const std::optional<ProxyConfiguration>& proxy) {
    try {
        const Poco::URI uri(url);
        const bool bare = uri.getPathAndQuery().empty() || uri.getPathAndQuery() == "/";
        if (uri.getScheme() == "https" && !uri.getHost().empty() && bare && uri.getUserInfo().empty() &&
            uri.getFragment().empty()) {
            return {uri.getHost(), uri.getPort(), proxy};
        }
    } catch (const Poco::Exception&) {
        // said below
    }
    throw Error(ErrorCode::configuration, "the repository's URL '" + url + "' must have the form https://host[:port]");
}

void set_up(Poco::Net::HTTPSClientSession& session, const HttpsPeer& peer, const HttpsTimeouts& timeouts) {
    session.setTimeout(timespan(timeouts.connect), timespan(timeouts.answer), timespan(timeouts.answer));
    if (const auto& proxy = peer.proxy) {
        session.setProxy(proxy->host, proxy->port);
        if (!proxy->user.empty()) {
            session.setProxyCredentials(proxy->user, proxy->password);
        }
    }
}

void read_bounded(std::istream& stream, std::string& into, const Clock& clock, std::chrono::seconds timeout,
                  const std::string& host) {
    const auto until = clock.steady() + timeout;
    for (char byte = 0; stream.get(byte);) {
        into.push_back(byte);
        if (into.size() > maximum_answer_bytes) {
            throw Error(ErrorCode::network, "the answer of " + host + " is larger than 256 KiB; it was not read");
        }
        if (clock.steady() > until) {
            throw Error(ErrorCode::network, "the answer of " + host + " comes too slowly; it was not read to its end");
        }
    }
}

void explain(const Poco::Exception& fault, int verify_failure, const HttpsPeer& peer) {
    const std::string repository = peer.host + ":" + std::to_string(peer.port);
    const auto& proxy = peer.proxy;
    // Through a proxy, it is the proxy that is connected to.
    const std::string nearest = proxy ? "the proxy " + proxy->host + ":" + std::to_string(proxy->port) : repository;
    const std::string text = clean_text(fault.message().empty() ? fault.displayText() : fault.message());
    if (verify_failure != X509_V_OK || dynamic_cast<const Poco::Net::SSLException*>(&fault) != nullptr) {
        const TlsFailure failure = explain_tls_failure(verify_failure, text, peer.host);
        throw Error(failure.code, repository + ": " + failure.text);
    }
    if (dynamic_cast<const Poco::TimeoutException*>(&fault) != nullptr) {
        throw Error(ErrorCode::network, repository + (proxy ? ", through " + nearest : "") + ": no answer in time");
    }
    if (dynamic_cast<const Poco::Net::ConnectionRefusedException*>(&fault) != nullptr) {
        throw Error(ErrorCode::network,
                    nearest + ": connection refused; is " +
                        (proxy ? "it the right address in repository.proxy?" : "the repository running there?"));
    }
    if (dynamic_cast<const Poco::Net::ConnectionResetException*>(&fault) != nullptr) {
        throw Error(ErrorCode::network, repository + (proxy ? ", through " + nearest : "") +
                                            ": the connection was reset by the other side; if it always is, the "
                                            "repository may not accept our certificate");
    }
    if (dynamic_cast<const Poco::Net::DNSException*>(&fault) != nullptr) {
        throw Error(ErrorCode::network, nearest + ": there is no address for this name");
    }
    if (proxy && typeid(fault) == typeid(Poco::Net::HTTPException)) {
        throw Error(ErrorCode::network, nearest + " does not connect us to " + repository + ": " + text);
    }
    if (dynamic_cast<const Poco::Net::MessageException*>(&fault) != nullptr) {
        throw Error(ErrorCode::network, nearest + ": the answer is not HTTP, or was cut off");
    }
    throw Error(ErrorCode::network, repository + ": " + text);
}

}  // namespace tributary
