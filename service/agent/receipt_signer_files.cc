#include "service/agent/receipt_signer_files.h"

#include <set>
#include <string>

#include "service/agent/certificate_question.h"

namespace tributary {

namespace {

constexpr std::size_t most_earlier = 16;

}  // namespace

std::filesystem::path earlier_signers_file(const std::filesystem::path& signing_certificate) {
    auto file = signing_certificate;
    file += ".earlier";
    return file;
}

ReceiptSigners load_receipt_signers(FileSystem& files, const std::filesystem::path& signing_certificate) {
    const auto earlier = earlier_signers_file(signing_certificate);
    return {Certificate::load(files, signing_certificate),
            files.exists(earlier) ? Certificate::load_chain(files, earlier) : std::vector<Certificate>{}};
}

void replace_receipt_signer(FileSystem& files, const std::filesystem::path& signing_certificate,
                            const ReceiptSigners& known, const std::vector<Certificate>& chain) {
    std::vector<Certificate> earlier;
    std::set<std::string> kept;
    for (const auto& certificate : known.certificates()) {
        if (earlier.size() < most_earlier && kept.insert(certificate.fingerprint()).second) {
            earlier.push_back(certificate);
        }
    }
    write_file_durably(files, earlier_signers_file(signing_certificate), pem_of(earlier));  // before it is replaced
    write_file_durably(files, signing_certificate, pem_of(chain));
}

}  // namespace tributary
