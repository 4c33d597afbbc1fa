#pragma once

#include <string>

#include "agent/outbox/chunk_builder.h"
#include "tests/unit/keys/test_certificates.h"

namespace tributary::testing {

/// The rows that a sealed chunk holds, as they were encoded.
std::string opened(const SealedChunk& chunk, const Identity& identity);

}  // namespace tributary::testing
