#pragma once

#include <map>
#include <string>

#include "agent/config/diagnostic.h"

namespace tributary {

/// The linkage keys that a policy uses, by fingerprint, and where it does so first.
struct KeyUses {
    struct Use {
        std::string id;
        Location location;
    };
    std::map<std::string, Use> encodings;  ///< of clk
    std::map<std::string, Use> codes;      ///< of whatever else is keyed
};

/// Encodings need a key of their own, because the other parties of the linkage have it too: with a key of pseudonyms
/// they could try every NHS number. Reports each encoding whose key `other` ("stream 'x'") uses for codes.
void refuse_shared_keys(const KeyUses& encodings, const KeyUses& codes, const std::string& other,
                        Diagnostics& diagnostics);

}  // namespace tributary
