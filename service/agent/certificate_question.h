#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/configuration.h"
#include "agent/keys/certificate.h"
#include "agent/platform/clock.h"
#include "agent/platform/file.h"

namespace tributary {

/// The certificates that the repository uses; behind each those of its issuers.
struct RepositoryChains {
    std::vector<Certificate> signing;
    std::vector<Certificate> encryption;  ///< empty: it tells of none
};

/// Asks the repository, over the authenticated connection, which certificates it uses. Its answer must be to this
/// question and signed with the key of `known`, the signing certificate that is known here; without one, as when a site
/// has just enrolled, with the key of the one that it tells of. Each must be issued by the authority, valid, of use for
/// its purpose, and not one for TLS. Throws as HttpsClient does; Error(refused), Error(key), Error(input) for an answer
/// that is not to be believed.
RepositoryChains ask_for_certificates(const RepositoryConfiguration& repository, const std::string& proxy_password,
                                      const std::optional<Certificate>& known, FileSystem& files, Clock& clock);

/// As they stand in a file.
std::string pem_of(const std::vector<Certificate>& certificates);

}  // namespace tributary
