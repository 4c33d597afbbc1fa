#include "agent/keys/certificate_request.h"

#include <openssl/x509.h>

#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

CertificateRequest CertificateRequest::from_der(std::string_view der) {
    const openssl::ErrorScope scope;
    if (der.size() > longest_der) {
        throw Error(ErrorCode::input,
                    "a certificate request has at most " + std::to_string(longest_der) + " bytes of DER");
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = bytes + der.size();
    const std::shared_ptr<X509_REQ> request(d2i_X509_REQ(nullptr, &bytes, static_cast<long>(der.size())),
                                            &X509_REQ_free);
    if (!request || bytes != end) {
        throw Error(ErrorCode::input, "this is no certificate request (PKCS#10, DER)");
    }
    EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
    if (!openssl::is_p256(key)) {
        throw Error(ErrorCode::input, "the key of the certificate request is not EC P-256");
    }
    if (X509_REQ_verify(request.get(), key) != 1) {
        throw Error(ErrorCode::input, "the certificate request is not signed by the key in it");
    }
    return CertificateRequest(request);
}

}  // namespace tributary
