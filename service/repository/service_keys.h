#pragma once

#include "agent/keys/key_pair.h"
#include "agent/platform/file.h"
#include "service/repository/service_configuration.h"

namespace tributary {

/// What receipts are signed with. Throws Error(key).
KeyPair load_signing(FileSystem& files, const ServiceConfiguration& configuration);

/// What opens chunks. Throws Error(key), and Error(configuration) if the configuration names none.
KeyPair load_encryption(FileSystem& files, const ServiceConfiguration& configuration);

}  // namespace tributary
