#pragma once

#include <string>

#include "agent/courier/certificate_statement.h"
#include "agent/platform/file.h"
#include "service/repository/service_configuration.h"
#include "service/repository/service_keys.h"

namespace tributary {

/// Tells sites which certificates the repository uses, so that they learn of others in time: signed with every signing
/// key that is here, and each time anew. Immutable; may be shared between threads.
class CertificateAnswers {
  public:
    /// Throws Error(key).
    CertificateAnswers(FileSystem& files, const ServiceConfiguration& configuration, SigningKeys keys);

    /// The body of the answer to one who asks with this challenge.
    std::string to(const std::string& challenge) const;

  private:
    CertificateStatement statement_;  // without a challenge
    SigningKeys keys_;
};

}  // namespace tributary
