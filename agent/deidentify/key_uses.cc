#include "agent/deidentify/key_uses.h"

#include "agent/config/quoted_text.h"

namespace tributary {

void refuse_shared_keys(const KeyUses& encodings, const KeyUses& codes, const std::string& other,
                        Diagnostics& diagnostics) {
    for (const auto& [fingerprint, use] : encodings.encodings) {
        if (codes.codes.contains(fingerprint)) {
            diagnostics.error(use.location,
                              "encodings need a linkage key of their own, since the other parties of the "
                              "linkage have it too: with " +
                                  quoted_text(use.id) + ", which " + other +
                                  " uses for pseudonyms or other codes, they could try every NHS number; "
                                  "the key custodian makes one by `tributary key create ID --domain "
                                  "linkage`");
        }
    }
}

}  // namespace tributary
