#include "agent/deidentify/scrubber.h"

#include <algorithm>

namespace tributary {

Scrubber::Result Scrubber::scrub(std::string_view text, std::string& output) {
    if (!folded_.fold(text)) {
        return Result::not_utf8;
    }
    spans_.clear();
    known_.find(folded_, spans_);
    find_identifiers(folded_, spans_);
    find_dates(folded_, spans_);
    merge();
    const std::size_t begin = output.size();
    std::size_t done = 0;
    for (const TextSpan& span : spans_) {
        const std::size_t from = folded_.origin(span.begin);
        output += text.substr(done, from - done);
        output += placeholder(span.kind);
        done = folded_.origin(span.end);
    }
    output += text.substr(done);
    if (holds_identifiers(std::string_view(output).substr(begin))) {
        output.resize(begin);
        return Result::residual;
    }
    return Result::scrubbed;
}

/// Pieces that overlap become one, of the kind of the longest.
void Scrubber::merge() {
    std::sort(spans_.begin(), spans_.end(), [](const TextSpan& a, const TextSpan& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::size_t count = 0;
    std::size_t longest = 0;
    for (const TextSpan& span : spans_) {
        if (count == 0 || span.begin >= spans_[count - 1].end) {
            spans_[count++] = span;
            longest = span.end - span.begin;
            continue;
        }
        TextSpan& last = spans_[count - 1];
        if (span.end - span.begin > longest) {
            longest = span.end - span.begin;
            last.kind = span.kind;
        }
        last.end = std::max(last.end, span.end);
    }
    spans_.resize(count);
}

/// The egress guard's own look: it would hold the whole row back.
bool Scrubber::holds_identifiers(std::string_view text) {
    hits_.clear();
    scan_identifiers(text, hits_);
    return !hits_.empty();
}

}  // namespace tributary
