#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/keys/linkage_key.h"
#include "agent/platform/locked_memory.h"

namespace tributary {

/// HKDF-SHA256 (RFC 5869) of a linkage key for one use in one domain: no salt, info = `use` with `domain` behind it.
/// As secret as the linkage key; wiped when it goes.
class DerivedKey {
  public:
    DerivedKey(const LinkageKey& key, std::string_view use, std::string_view domain, std::size_t size);
    std::span<const std::uint8_t> bytes() const noexcept { return bytes_.bytes(); }

  private:
    LockedMemory bytes_;
};

/// Length of `text` in four bytes, big-endian, and the text behind it: so encoded, no two sequences of texts meet.
std::string length_prefixed(std::string_view text);

}  // namespace tributary
