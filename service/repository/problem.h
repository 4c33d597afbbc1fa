#pragma once

#include <string>

#include "service/repository/intake.h"

namespace tributary {

/// An error answer (RFC 9457).
struct Problem {
    int status = 500;
    std::string title;
    std::string detail;
};

/// For every kind that is neither receipt nor partial.
Problem problem_of(const IntakeResult& result);
/// The body of application/problem+json.
std::string problem_text(const Problem& problem);

}  // namespace tributary
