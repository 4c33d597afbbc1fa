#include "agent/keys/sealed_key.h"

#include <openssl/pem.h>

#include "agent/keys/envelope.h"
#include "agent/keys/openssl.h"
#include "agent/keys/wiped.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::string_view pem_begin = "-----BEGIN CMS-----";
constexpr char der_sequence = 0x30;  // X.690: the first byte of every CMS message

[[noreturn]] void fail(const std::string& name, const std::string& fault) {
    throw Error(ErrorCode::key, name + ": the sealed key file " + fault);
}

/// The DER within PEM; what is not PEM as it is.
std::string to_der(std::string_view content, const std::string& name) {
    if (content.find(pem_begin) == std::string_view::npos) {
        return std::string(content);
    }
    const openssl::ErrorScope scope;
    const auto bio = openssl::reader(content);
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    const bool read = PEM_read_bio(bio.get(), &label, &header, &data, &size) == 1;
    const openssl::Memory<char> label_owner(label);
    const openssl::Memory<char> header_owner(header);
    const openssl::Memory<unsigned char> data_owner(data);
    if (!read || std::string_view(label) != PEM_STRING_CMS) {
        fail(name, "is cut off or damaged (its PEM has no right end); get it anew from the key custodian");
    }
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string opened(std::string_view content, const std::string& name, const SiteKeyring& keys) {
    const auto& certificate = keys.certificate();
    const auto der = to_der(content, name);
    try {
        return keys.open(der, key_file_limit);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::key) {
            fail(name, "is sealed to another certificate than this site's (" + certificate.common_name() +
                           ", SHA-256 " + certificate.fingerprint().substr(0, 16) +
                           "...): it is another site's, or this site's certificate was renewed since; ask the key "
                           "custodian for `tributary key seal` with the present one");
        }
        fail(name, "is cut off or damaged; get it anew from the key custodian");
    }
}

}  // namespace

std::string site_to_seal_to(const Certificate& certificate, const std::string& name, TimePoint now) {
    auto site = certificate.common_name();
    if (!is_site_code(site)) {
        throw Error(ErrorCode::key, name +
                                        ": the certificate's common name is not a site's ODS code (2 to 12 capital "
                                        "letters and digits); the site's own certificate is needed");
    }
    if (const auto why = certificate.why_not_recipient(); !why.empty()) {
        throw Error(ErrorCode::key, name + ": no key can be sealed to the certificate of " + site + ": " + why);
    }
    if (now < certificate.not_before() || now >= certificate.not_after()) {
        throw Error(ErrorCode::key,
                    name + ": the certificate of " + site + " is valid from " + to_rfc3339(certificate.not_before()) +
                        " to " + to_rfc3339(certificate.not_after()) + " only; ask the site for its present one");
    }
    return site;
}

std::string seal_linkage_key(const LinkageKey& key, const Certificate& site_certificate) {
    const auto content = write_linkage_key(key, site_certificate.common_name());
    const auto sealed = seal(content.text(), site_certificate);
    const openssl::ErrorScope scope;
    const auto bio = openssl::writer();
    if (PEM_write_bio(bio.get(), PEM_STRING_CMS, "", reinterpret_cast<const unsigned char*>(sealed.data()),
                      static_cast<long>(sealed.size())) <= 0) {
        throw Error(ErrorCode::internal, "OpenSSL could not write the sealed key");
    }
    return std::string(openssl::written(bio.get()));
}

bool is_sealed_key(std::string_view content) noexcept {
    return content.starts_with(der_sequence) || content.find(pem_begin) != std::string_view::npos;
}

LinkageKey open_linkage_key(std::string_view content, const std::string& name, const std::string& site,
                            const SiteKeyring& keys) {
    if (!keys.key().matches(keys.certificate())) {
        throw Error(ErrorCode::key, name +
                                        ": the configuration's private key does not belong to its certificate, so no "
                                        "sealed key can be opened");
    }
    auto text = opened(content, name, keys);
    const Wiped wiped(text);
    auto addressed = parse_addressed_key(text, name);
    if (addressed.site.empty()) {
        fail(name, "does not say for which site it is; get it anew from the key custodian");
    }
    if (addressed.site != site) {
        fail(name, "is made out to site " + addressed.site + ", and this is site " + site +
                       "; ask the key custodian for this site's own");
    }
    return std::move(addressed.key);
}

}  // namespace tributary
