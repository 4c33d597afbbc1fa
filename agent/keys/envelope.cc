#include "agent/keys/envelope.h"

#include <openssl/buffer.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <memory>

#include "agent/keys/openssl.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

struct CmsDeleter {
    void operator()(CMS_ContentInfo* cms) const noexcept { CMS_ContentInfo_free(cms); }
};
using Cms = std::unique_ptr<CMS_ContentInfo, CmsDeleter>;

/// Certificates are not part of the message; what surrounds the content is some 600 bytes with an RSA recipient.
constexpr std::size_t framing_limit = 16U << 10U;

[[noreturn]] void fail_to_seal(const std::string& step) {
    throw Error(ErrorCode::key, "sealing failed while " + step + ": " + openssl::reason());
}

/// OpenSSL's defaults are PKCS #1 v1.5 and a key derivation with SHA-1. RSAES-OAEP (RFC 3560) and the derivation with
/// SHA-256 (RFC 5753, section 7.1.4) are read by every CMS implementation that reads AuthEnvelopedData.
void add_recipient(CMS_ContentInfo* cms, const Certificate& recipient, unsigned flags) {
    CMS_RecipientInfo* const info = CMS_add1_recipient_cert(cms, recipient.get(), flags | CMS_KEY_PARAM);
    EVP_PKEY_CTX* const context = info == nullptr ? nullptr : CMS_RecipientInfo_get0_pkey_ctx(info);
    bool set = false;
    if (context != nullptr && CMS_RecipientInfo_type(info) == CMS_RECIPINFO_TRANS) {
        set = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1;
    } else if (context != nullptr && CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE) {
        set = EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1;
    }
    if (!set) {
        fail_to_seal("adding the recipient " + recipient.common_name());
    }
}

/// A memory BIO with room for `size` bytes, so that writing never moves what is there.
openssl::Bio roomy_writer(std::size_t size) {
    auto bio = openssl::writer();
    BUF_MEM* memory = nullptr;
    BIO_get_mem_ptr(bio.get(), &memory);
    if (memory == nullptr || BUF_MEM_grow(memory, size) != size) {
        throw Error(ErrorCode::internal, "OpenSSL could not allocate memory");
    }
    memory->length = 0;
    return bio;
}

/// Plain CMS_encrypt copies the content through growing buffers and a 4 KiB window; here it is written once into a
/// buffer that is large enough.
void encrypt_content(CMS_ContentInfo* cms, std::string_view plain) {
    auto content = roomy_writer(plain.size());
    BIO* const chain = CMS_dataInit(cms, content.get());
    if (chain == nullptr) {
        fail_to_seal("preparing the cipher");
    }
    static_cast<void>(content.release());  // the chain has it now
    const openssl::Bio owner(chain);
    std::size_t written = 0;
    if (BIO_write_ex(chain, plain.data(), plain.size(), &written) != 1 || written != plain.size() ||
        BIO_flush(chain) != 1) {
        fail_to_seal("encrypting");
    }
    if (CMS_dataFinal(cms, chain) != 1) {
        fail_to_seal("finishing");
    }
}

std::string to_der(CMS_ContentInfo* cms) {
    const int size = i2d_CMS_ContentInfo(cms, nullptr);
    if (size <= 0) {
        fail_to_seal("writing");
    }
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    if (i2d_CMS_ContentInfo(cms, &out) != size) {
        fail_to_seal("writing");
    }
    return der;
}

bool is_for(CMS_RecipientInfo* recipient, X509* certificate) {
    switch (CMS_RecipientInfo_type(recipient)) {
        case CMS_RECIPINFO_TRANS:
            return CMS_RecipientInfo_ktri_cert_cmp(recipient, certificate) == 0;
        case CMS_RECIPINFO_AGREE: {
            auto* const keys = CMS_RecipientInfo_kari_get0_reks(recipient);
            return sk_CMS_RecipientEncryptedKey_num(keys) == 1 &&
                   CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, 0), certificate) == 0;
        }
        default:
            return false;
    }
}

Cms parse(std::string_view sealed) {
    const auto* in = reinterpret_cast<const unsigned char*>(sealed.data());
    Cms cms(d2i_CMS_ContentInfo(nullptr, &in, static_cast<long>(sealed.size())));
    if (!cms || in != reinterpret_cast<const unsigned char*>(sealed.data()) + sealed.size()) {
        throw Error(ErrorCode::corrupt, "the sealed bytes are not one CMS message in DER");
    }
    if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_id_smime_ct_authEnvelopedData ||
        OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data) {
        throw Error(ErrorCode::corrupt, "the sealed bytes are not CMS AuthEnvelopedData over data");
    }
    return cms;
}

}  // namespace

std::string seal(std::string_view plain, const Certificate& recipient) {
    const openssl::ErrorScope scope;
    constexpr unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM;
    const Cms cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), flags));
    if (!cms) {
        fail_to_seal("preparing the message");
    }
    add_recipient(cms.get(), recipient, flags);
    encrypt_content(cms.get(), plain);
    return to_der(cms.get());
}

std::string open_sealed(std::string_view sealed, const Certificate& recipient, const PrivateKey& key,
                        std::size_t limit) {
    const openssl::ErrorScope scope;
    // The content is not compressed: the message is never shorter than what it holds.
    if (sealed.size() > framing_limit && sealed.size() - framing_limit > limit) {
        throw Error(ErrorCode::limit, "the sealed bytes hold more than " + std::to_string(limit) + " bytes");
    }
    const auto cms = parse(sealed);
    auto* const recipients = CMS_get0_RecipientInfos(cms.get());
    if (sk_CMS_RecipientInfo_num(recipients) != 1 ||
        !is_for(sk_CMS_RecipientInfo_value(recipients, 0), recipient.get())) {
        throw Error(ErrorCode::key, "the bytes are not sealed to the certificate " + recipient.common_name());
    }
    if (!key.matches(recipient)) {
        throw Error(ErrorCode::key, "the private key does not belong to the certificate " + recipient.common_name());
    }
    const auto plain = roomy_writer(sealed.size());
    // Succeeds only once the authentication tag over all of the content was right.
    if (CMS_decrypt(cms.get(), key.get(), recipient.get(), nullptr, plain.get(), CMS_BINARY) != 1) {
        throw Error(ErrorCode::corrupt, "the sealed bytes were changed: they cannot be decrypted and authenticated");
    }
    const auto content = openssl::written(plain.get());
    if (content.size() > limit) {
        throw Error(ErrorCode::limit, "the sealed bytes hold more than " + std::to_string(limit) + " bytes");
    }
    return std::string(content);
}

std::string open_sealed(std::string_view sealed, std::span<const KeyPair> keys, std::size_t limit) {
    for (const auto& pair : keys) {
        try {
            return open_sealed(sealed, pair.certificate, pair.key, limit);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::key || &pair == &keys.back()) {
                throw;
            }
        }
    }
    throw Error(ErrorCode::internal, "nothing is opened without a key");
}

}  // namespace tributary
