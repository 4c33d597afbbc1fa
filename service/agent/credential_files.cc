#include "service/agent/credential_files.h"

#include <utility>

#include "agent/keys/authority.h"
#include "agent/keys/site_keyring.h"
#include "agent/keys/wiped.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

std::filesystem::path with_ending(std::filesystem::path file, const char* ending) {
    file += ending;
    return file;
}

void rename_durably(FileSystem& files, const std::filesystem::path& from, const std::filesystem::path& to) {
    files.rename(from, to);
    files.sync_folder(to.has_parent_path() ? to.parent_path() : std::filesystem::path("."));
}

}  // namespace

CredentialFiles::CredentialFiles(FileSystem& files, std::string site, const RepositoryConfiguration& repository)
    : files_(files),
      site_(std::move(site)),
      authority_(repository.authority),
      certificate_(repository.certificate),
      key_(repository.private_key),
      new_certificate_(with_ending(repository.certificate, ".new")),
      new_key_(with_ending(repository.private_key, ".new")) {}

void CredentialFiles::complete() {
    if (!files_.exists(new_key_)) {
        return;
    }
    if (files_.exists(new_certificate_)) {
        swap();
    } else if (files_.exists(certificate_) &&
               PrivateKey::load(files_, new_key_).matches(Certificate::load(files_, certificate_))) {
        rename_durably(files_, new_key_, key_);  // the certificate is in place already
    }
}

PrivateKey CredentialFiles::next_key() {
    if (files_.exists(new_key_)) {
        return PrivateKey::load(files_, new_key_);
    }
    auto key = PrivateKey::create();
    auto text = key.to_pem();
    const Wiped wiped(text);
    write_file_durably(files_, new_key_, text, Privacy::owner_only);
    return key;
}

void CredentialFiles::install(const Certificate& certificate, TimePoint now) {
    const auto refuse = [](const std::string& why) {
        throw Error(ErrorCode::refused, "the repository sent a certificate that is of no use: " + why);
    };
    if (const auto why = Authority::load(files_, authority_).why_not_issued({certificate}); !why.empty()) {
        refuse("the authority has not issued it: " + why);
    }
    if (certificate.common_name() != site_) {
        refuse("it is not this site's");
    }
    if (!next_key().matches(certificate)) {
        refuse("it is for another key");
    }
    if (now < certificate.not_before() || now >= certificate.not_after()) {
        refuse("it is valid from " + to_rfc3339(certificate.not_before()) + " to " +
               to_rfc3339(certificate.not_after()) + "; is this computer's clock right?");
    }
    write_file_durably(files_, new_certificate_, certificate.to_pem());
    swap();
}

void CredentialFiles::swap() {
    if (files_.exists(certificate_) && files_.exists(key_)) {
        const auto present = SiteKeyring::load(files_, certificate_, key_);
        if (present.key().matches(present.certificate()) &&
            present.certificate().fingerprint() != Certificate::load(files_, new_certificate_).fingerprint()) {
            auto text = present.as_earlier();
            const Wiped wiped(text);
            write_file_durably(files_, SiteKeyring::earlier_file(key_), text, Privacy::owner_only);
        }
    }
    rename_durably(files_, new_certificate_, certificate_);
    rename_durably(files_, new_key_, key_);
}

}  // namespace tributary
