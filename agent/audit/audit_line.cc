#include "agent/audit/audit_line.h"

#include <Poco/Exception.h>

#include <algorithm>

#include "agent/keys/digest.h"
#include "agent/keys/json.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::uint64_t largest_number = std::uint64_t{1} << 53U;  // RFC 8259, section 6: what all readers agree on

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::input, "it is no line that the agent writes: " + why);
}

std::string text_of(const Poco::JSON::Object& object, const char* name) {
    const auto value = object.get(name);
    if (!value.isString()) {
        refuse(std::string("the text \"") + name + "\" is missing");
    }
    return value.extract<std::string>();
}

std::uint64_t number_of(const Poco::Dynamic::Var& value, const std::string& name) {
    if (!value.isInteger() || value.isBoolean()) {
        refuse("\"" + name + "\" is no whole number");
    }
    try {
        if (const auto number = value.convert<std::uint64_t>(); number <= largest_number) {
            return number;
        }
    } catch (const Poco::Exception&) {
        // negative
    }
    refuse("the number \"" + name + "\" is out of range");
}

bool is_hash(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

AuditDetails details_of(const Poco::JSON::Object& object) {
    if (!object.isObject("details")) {
        refuse("the object \"details\" is missing");
    }
    AuditDetails details;
    for (const auto& [name, value] : *object.getObject("details")) {
        check_audit_text(name, longest_name, "a detail's name");
        if (value.isString()) {
            check_audit_text(value.extract<std::string>(), longest_audit_line, "a detail");
        }
        details.push_back({name, value.isString() ? AuditValue(value.extract<std::string>())
                                                  : AuditValue(number_of(value, "details." + name))});
    }
    return details;
}

}  // namespace

std::string to_text(const AuditLine& line) {
    Poco::JSON::Object details;
    for (const auto& detail : line.details) {
        std::visit([&](const auto& value) { details.set(detail.name, value); }, detail.value);
    }
    Poco::JSON::Object object;
    object.set("details", details);
    object.set("event", line.event);
    object.set("previous", line.previous);
    object.set("sequence", line.sequence);
    object.set("time", to_rfc3339(line.time));
    return json_text(object);
}

AuditLine parse_audit_line(std::string_view text) {
    Poco::JSON::Object::Ptr object;
    try {
        object = parse_json_object(text, "it", longest_audit_line);
    } catch (const Error&) {
        refuse("it is not a JSON object");
    }
    AuditLine line;
    line.sequence = number_of(object->get("sequence"), "sequence");
    line.event = text_of(*object, "event");
    check_audit_text(line.event, longest_name, "\"event\"");
    line.previous = text_of(*object, "previous");
    line.details = details_of(*object);
    try {
        line.time = from_rfc3339(text_of(*object, "time"));
    } catch (const Error&) {
        refuse("\"time\" is missing or is no time");
    }
    if (!is_hash(line.previous)) {
        refuse("\"previous\" is no SHA-256");
    }
    // One text a line: no member besides, no other order, spacing or escape, no member twice.
    if (to_text(line) != text) {
        refuse("it is written otherwise");
    }
    return line;
}

std::string audit_hash(std::string_view text) {
    return to_hex(sha256(text));
}

}  // namespace tributary
