#include "agent/keys/json.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <sstream>

#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::size_t maximum_depth = 32;

Poco::JSON::Object::Ptr sorted(const Poco::JSON::Object& object);

Poco::Dynamic::Var sorted(const Poco::Dynamic::Var& value) {
    if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
        return sorted(*value.extract<Poco::JSON::Object::Ptr>());
    }
    if (value.type() == typeid(Poco::JSON::Object)) {
        return sorted(value.extract<Poco::JSON::Object>());
    }
    const auto array_of = [](const Poco::JSON::Array& array) {
        Poco::JSON::Array::Ptr copy = new Poco::JSON::Array;
        for (const auto& element : array) {
            copy->add(sorted(element));
        }
        return copy;
    };
    if (value.type() == typeid(Poco::JSON::Array::Ptr)) {
        return array_of(*value.extract<Poco::JSON::Array::Ptr>());
    }
    if (value.type() == typeid(Poco::JSON::Array)) {
        return array_of(value.extract<Poco::JSON::Array>());
    }
    return value;
}

/// An object that keeps the order of insertion is written in that order; a plain one is a sorted map.
Poco::JSON::Object::Ptr sorted(const Poco::JSON::Object& object) {
    Poco::JSON::Object::Ptr copy = new Poco::JSON::Object;
    for (const auto& [name, value] : object) {
        copy->set(name, sorted(value));
    }
    return copy;
}

}  // namespace

std::string json_text(const Poco::JSON::Object& object) {
    std::ostringstream stream;
    sorted(object)->stringify(stream, 0, -1);
    return stream.str();
}

Poco::JSON::Object::Ptr parse_json_object(std::string_view text, const std::string& what, std::size_t limit) {
    if (text.size() > limit) {
        throw Error(ErrorCode::input, what + " has " + std::to_string(text.size()) + " bytes; at most " +
                                          std::to_string(limit) + " are allowed");
    }
    // The parser's own message may quote what it read, so it stays out.
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(maximum_depth);
        const auto value = parser.parse(std::string(text));
        if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
            return value.extract<Poco::JSON::Object::Ptr>();
        }
    } catch (const Poco::Exception&) {
        throw Error(ErrorCode::input, what + " is not valid JSON");
    } catch (const std::exception&) {
        throw Error(ErrorCode::input, what + " is not valid JSON");
    }
    throw Error(ErrorCode::input, what + " is not a JSON object");
}

}  // namespace tributary
