#pragma once

#include <optional>
#include <string>

#include "agent/record/quality.h"
#include "service/agent/disclosure_risk.h"
#include "service/agent/installation.h"
#include "service/agent/statement.h"

namespace tributary {

/// What a sample of a stream showed; counts only.
struct StreamSample {
    std::string origin;  ///< of its first row
    Quality quality;
    std::optional<DisclosureRisk::Figures> risk;
};

/// The statement for the information-governance officer: what leaves this site, what becomes of each field, under which
/// keys, to whom; from the compiled policies themselves. `samples` by stream; a stream without one had no rows to show.
Statement data_flow_statement(const Installation& installation, const std::map<std::string, StreamSample>& samples,
                              TimePoint now);

}  // namespace tributary
