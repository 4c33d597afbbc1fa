#include "agent/config/diagnostic.h"

#include <utility>

namespace tributary {
namespace {

std::string one_line_each(const Diagnostics& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
        if (!text.empty()) {
            text += '\n';
        }
        text += to_string(diagnostic);
    }
    return text;
}

}  // namespace

std::string to_string(const Location& location) {
    std::string text = location.file;
    for (const std::size_t number : {location.line, location.line == 0 ? 0 : location.column}) {
        if (number == 0) {
            break;
        }
        if (!text.empty()) {
            text += ':';
        }
        text += std::to_string(number);
    }
    return text;
}

std::string to_string(const Diagnostic& diagnostic) {
    std::string text = to_string(diagnostic.location);
    if (!text.empty()) {
        text += ": ";
    }
    text += diagnostic.severity == Severity::error ? "error: " : "warning: ";
    text += diagnostic.message;
    return text;
}

void Diagnostics::error(const Location& location, std::string message) {
    all_.push_back({Severity::error, location, std::move(message)});
    ++errors_;
}

void Diagnostics::warning(const Location& location, std::string message) {
    all_.push_back({Severity::warning, location, std::move(message)});
}

void Diagnostics::append(const Diagnostics& other) {
    // By value first: `other` may be this very object.
    const std::vector<Diagnostic> more = other.all_;
    errors_ += other.errors_;
    all_.insert(all_.end(), more.begin(), more.end());
}

void Diagnostics::throw_if_errors() const {
    if (has_errors()) {
        throw ConfigurationError(*this);
    }
}

ConfigurationError::ConfigurationError(Diagnostics diagnostics)
    : Error(ErrorCode::configuration, one_line_each(diagnostics)), diagnostics_(std::move(diagnostics)) {}

}  // namespace tributary
