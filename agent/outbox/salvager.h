#pragma once

#include <string>

#include "agent/outbox/database.h"
#include "agent/outbox/outbox_salvage.h"

namespace tributary {

/// Puts all that is whole of a damaged queue into a new one, which is empty: each row that can be read and is right, a
/// chunk only if its bytes have the digest of its manifest. What the damaged file makes SQLite say ends nothing; throws
/// Error(storage) if the new one cannot be written.
QueueSalvage save_what_is_whole(Database& damaged, Database& fresh, const std::string& site);

}  // namespace tributary
