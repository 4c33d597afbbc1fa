#include "agent/telemetry/log_line.h"

#include <Poco/JSON/Object.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "agent/platform/utf8.h"

namespace tributary {
namespace {

/// Bytes of one message or value; a plugin or server may hand on any amount of text.
constexpr std::size_t longest_text = std::size_t{16} << 10U;

std::string_view name_in_text(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return "ERROR";
        case LogLevel::warning:
            return "WARN ";
        case LogLevel::info:
            return "INFO ";
        case LogLevel::debug:
            return "DEBUG";
    }
    return "ERROR";
}

std::string_view name_in_json(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return "error";
        case LogLevel::warning:
            return "warning";
        case LogLevel::info:
            return "info";
        case LogLevel::debug:
            return "debug";
    }
    return "error";
}

/// Cut between characters, with a note of how much is gone.
std::string shortened(std::string_view text) {
    if (text.size() <= longest_text) {
        return std::string(text);
    }
    std::size_t end = longest_text;
    while (end > longest_text - 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end)) + "... (" + std::to_string(text.size() - end) + " bytes left out)";
}

std::string escape_of(char32_t code_point) {
    switch (code_point) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    std::array<char, 16> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(code_point));
    return escape.data();
}

/// What is safe to show on a terminal. `in_quotes`: quotes and backslashes are escaped too.
std::string printable(std::string_view whole, bool in_quotes) {
    const std::string text = shortened(whole);
    std::string result;
    for (std::string_view rest = text; !rest.empty();) {
        const Utf8Character character = first_utf8_character(rest);
        if (!character.valid) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", unsigned{static_cast<unsigned char>(rest.front())});
            result += escape.data();
        } else if (is_control_character(character.code_point)) {
            result += escape_of(character.code_point);
        } else {
            if (in_quotes && (rest.front() == '"' || rest.front() == '\\')) {
                result += '\\';
            }
            result += rest.substr(0, character.size);
        }
        rest.remove_prefix(character.size);
    }
    return result;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" =\"\\\t\r\n") != std::string_view::npos;
}

std::string number_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

struct AsText {
    std::string operator()(const std::string& value) const {
        return needs_quotes(value) ? std::string("\"").append(printable(value, true)).append("\"")
                                   : printable(value, false);
    }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return number_text(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
};

/// Bytes that are no UTF-8 become U+FFFD, because JSON has no other form for them.
std::string valid_utf8(std::string_view whole) {
    std::string text = shortened(whole);
    if (find_invalid_utf8(text) == std::string_view::npos) {
        return text;
    }
    std::string result;
    for (std::string_view rest = text; !rest.empty();) {
        const Utf8Character character = first_utf8_character(rest);
        result += character.valid ? rest.substr(0, character.size) : std::string_view("\xEF\xBF\xBD");
        rest.remove_prefix(character.size);
    }
    return result;
}

struct AsJson {
    Poco::Dynamic::Var operator()(const std::string& value) const { return valid_utf8(value); }
    Poco::Dynamic::Var operator()(std::int64_t value) const { return static_cast<Poco::Int64>(value); }
    Poco::Dynamic::Var operator()(double value) const {
        return std::isfinite(value) ? Poco::Dynamic::Var(value) : Poco::Dynamic::Var();  // JSON has no infinity
    }
    Poco::Dynamic::Var operator()(bool value) const { return value; }
};

}  // namespace

std::string text_line(TimePoint time, LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
    std::string line = to_rfc3339(time);
    line.append(" ").append(name_in_text(level)).append(" ").append(printable(message, false));
    for (const LogField& field : fields) {
        line.append(" ").append(printable(field.name, false)).append("=").append(std::visit(AsText(), field.value));
    }
    return line;
}

std::string json_line(TimePoint time, LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
    Poco::JSON::Object object(Poco::JSON_PRESERVE_KEY_ORDER | Poco::JSON_ESCAPE_UNICODE);
    object.set("time", to_rfc3339(time));
    object.set("level", std::string(name_in_json(level)));
    object.set("message", valid_utf8(message));
    for (const LogField& field : fields) {
        std::string name = valid_utf8(field.name);
        // No field may pass for one of ours, nor hide another.
        while (object.has(name)) {
            name += '_';
        }
        object.set(name, std::visit(AsJson(), field.value));
    }
    std::ostringstream line;
    object.stringify(line, 0);
    return line.str();
}

}  // namespace tributary
