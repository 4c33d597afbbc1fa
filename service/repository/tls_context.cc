#include "service/repository/tls_context.h"

#include <Poco/Exception.h>
#include <openssl/ssl.h>

#include "agent/keys/key_pair.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

}  // namespace

Poco::Net::Context::Ptr make_server_context(FileSystem& files, const ServiceConfiguration& configuration,
                                            ClientCertificate client) {
    load_pair(files, configuration.certificate, configuration.private_key);  // says better than OpenSSL what is wrong
    Certificate::load(files, configuration.authority);
    Poco::Net::Context::Params parameters;
    parameters.caLocation = configuration.authority.string();
    parameters.certificateFile = configuration.certificate.string();
    parameters.privateKeyFile = configuration.private_key.string();
    parameters.verificationMode = Poco::Net::Context::VERIFY_STRICT;
    parameters.loadDefaultCAs = false;
    parameters.cipherList = ciphers;
    try {
        Poco::Net::Context::Ptr context = new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, parameters);
        context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
        // Poco would hold the client's certificate to its address; a site is known by its common name instead.
        context->enableExtendedCertificateVerification(false);
        // A resumed session would skip the look at the client's certificate; connections are kept instead.
        context->enableSessionCache(false, "tributary-repository");
        context->disableStatelessSessionResumption();
        SSL_CTX* ssl = context->sslContext();
        SSL_CTX_set_num_tickets(ssl, 0);
        const int needed = client == ClientCertificate::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | needed, nullptr);
        return context;
    } catch (const Poco::Exception& fault) {
        throw Error(ErrorCode::key, "TLS cannot be set up: " + clean_text(fault.displayText()));
    }
}

}  // namespace tributary
