#include "agent/courier/client_context.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

/// Forward secrecy and authenticated encryption only; TLS 1.3 has its own list, which is no other.
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// Where OpenSSL's verification leaves its reason; the socket that knows it is gone when the exception arrives.
int failure_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

int remember_failure(int accepted, X509_STORE_CTX* store) {
    if (accepted == 0) {
        const auto* ssl =
            static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto* reason = static_cast<int*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), failure_slot()));
        if (reason != nullptr && *reason == X509_V_OK) {
            *reason = X509_STORE_CTX_get_error(store);
        }
    }
    return accepted;
}

/// The host name is held against the certificate inside the handshake, by OpenSSL; Poco's own later check is off.
void require_host(SSL_CTX* context, const std::string& host) {
    X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
    Poco::Net::IPAddress address;
    const bool is_address = Poco::Net::IPAddress::tryParse(host, address);
    X509_VERIFY_PARAM_set_hostflags(parameters,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, address.toString().c_str())
                               : X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
    if (set != 1) {
        throw Error(ErrorCode::configuration, "the repository's host name '" + host + "' cannot be used");
    }
}

}  // namespace

Poco::Net::Context::Ptr make_client_context(const ClientIdentity& identity, const std::string& host, int* failure) {
    const bool believes_anybody = identity.authority.empty();
    Poco::Net::Context::Params parameters;
    parameters.caLocation = identity.authority.string();
    parameters.certificateFile = identity.certificate.string();
    parameters.privateKeyFile = identity.private_key.string();
    parameters.verificationMode =
        believes_anybody ? Poco::Net::Context::VERIFY_NONE : Poco::Net::Context::VERIFY_STRICT;
    parameters.loadDefaultCAs = false;
    parameters.cipherList = ciphers;
    try {
        Poco::Net::Context::Ptr context = new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, parameters);
        context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
        context->enableExtendedCertificateVerification(false);
        SSL_CTX* ssl = context->sslContext();
        if (!identity.certificate.empty() && SSL_CTX_check_private_key(ssl) != 1) {
            throw Error(ErrorCode::key, "the private key " + identity.private_key.string() +
                                            " does not belong to the certificate " + identity.certificate.string());
        }
        require_host(ssl, host);
        SSL_CTX_set_ex_data(ssl, failure_slot(), failure);
        if (!believes_anybody) {
            SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, &remember_failure);
        }
        return context;
    } catch (const Poco::Exception& fault) {
        throw Error(ErrorCode::key, "TLS cannot be set up: " + clean_text(fault.displayText()));
    }
}

}  // namespace tributary
