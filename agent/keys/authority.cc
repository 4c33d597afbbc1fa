#include "agent/keys/authority.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

Authority Authority::load(FileSystem& files, const std::filesystem::path& file) {
    return from_pem(read_file(files, file, longest_pem), file.string());
}

Authority Authority::from_pem(std::string_view pem, const std::string& name) {
    const openssl::ErrorScope scope;
    auto certificates = Certificate::chain_from_pem(pem, name);
    const std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
    if (!store) {
        throw Error(ErrorCode::internal, "OpenSSL could not allocate memory");
    }
    for (const auto& certificate : certificates) {
        if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) {
            throw Error(ErrorCode::key, name + ": a certificate in it cannot be used: " + openssl::reason());
        }
    }
    return {std::move(certificates), store};
}

std::string Authority::why_not_issued(const std::vector<Certificate>& chain) const {
    const openssl::ErrorScope scope;
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                  &X509_STORE_CTX_free);
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    if (!context || !others || chain.empty()) {
        throw Error(ErrorCode::internal, "a certificate could not be verified");
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        sk_X509_push(others.get(), chain[i].get());
    }
    if (X509_STORE_CTX_init(context.get(), store_.get(), chain.front().get(), others.get()) != 1) {
        throw Error(ErrorCode::internal, "a certificate could not be verified");
    }
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_CHECK_SS_SIGNATURE);
    if (X509_verify_cert(context.get()) == 1) {
        return {};
    }
    return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::vector<Certificate> with_issuers(const Certificate& certificate, const std::vector<Certificate>& offered) {
    const openssl::ErrorScope scope;
    std::vector<Certificate> chain{certificate};
    const auto signed_last = [&](const Certificate& above) {
        X509* const last = chain.back().get();
        return above.fingerprint() != chain.back().fingerprint() && X509_check_issued(above.get(), last) == X509_V_OK &&
               X509_verify(last, X509_get0_pubkey(above.get())) == 1;
    };
    while (chain.size() <= offered.size()) {  // each of them once at most
        const auto above = std::find_if(offered.begin(), offered.end(), signed_last);
        if (above == offered.end()) {
            break;
        }
        chain.push_back(*above);
    }
    return chain;
}

}  // namespace tributary
