#include "service/repository/certificate_answers.h"

#include <utility>
#include <vector>

namespace tributary {
namespace {

std::string chain_of(FileSystem& files, const std::filesystem::path& file) {
    std::string text;
    for (const auto& certificate : Certificate::load_chain(files, file)) {
        text += certificate.to_pem();
    }
    return text;
}

}  // namespace

CertificateAnswers::CertificateAnswers(FileSystem& files, const ServiceConfiguration& configuration, SigningKeys keys)
    : keys_(std::move(keys)) {
    statement_.signing = chain_of(files, configuration.signing_certificate);
    if (!configuration.encryption_certificate.empty()) {
        statement_.encryption = chain_of(files, configuration.encryption_certificate);
    }
}

std::string CertificateAnswers::to(const std::string& challenge) const {
    CertificateStatement statement = statement_;
    statement.challenge = challenge;
    std::vector<std::string> signed_ones{sign_statement(statement, keys_.present.key)};
    for (const auto& earlier : keys_.earlier) {
        signed_ones.push_back(sign_statement(statement, earlier.key));
    }
    return certificate_answer(signed_ones);
}

}  // namespace tributary
