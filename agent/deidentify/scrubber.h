#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/deidentify/folded_text.h"
#include "agent/deidentify/identifier_scan.h"
#include "agent/deidentify/known_identifiers.h"
#include "agent/deidentify/text_spans.h"

namespace tributary {

/// Takes identifiers out of free text and puts words for their kind in: "[NAME] (dob [DATE]) rang". What it looks for
/// are the identifiers of the record itself and patterns; what it cannot find are misspelt names, nicknames, other
/// people's names and what only the sense of the text gives away. Reusable: keeps its buffers. One thread at a time.
class Scrubber {
  public:
    enum class Result {
        scrubbed,
        not_utf8,
        residual  ///< something of an identifier's form is left that could not be taken out: the text must not leave
    };

    /// The identifiers of the record whose texts come next; clear, add, finish.
    KnownIdentifiers& known() noexcept { return known_; }

    /// Appends the scrubbed text to `output`, unless the answer is another than `scrubbed`.
    Result scrub(std::string_view text, std::string& output);

  private:
    void merge();
    bool holds_identifiers(std::string_view text);

    KnownIdentifiers known_;
    FoldedText folded_;
    std::vector<TextSpan> spans_;
    std::vector<GuardHit> hits_;
};

}  // namespace tributary
