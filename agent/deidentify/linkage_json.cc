#include "agent/deidentify/linkage_json.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <algorithm>
#include <cmath>

#include "agent/keys/json.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr double whole_doubles = 9'007'199'254'740'992.0;  // 2^53: up to here each whole number is a double

/// RFC 6901, section 3.
std::string escaped(const std::string& key) {
    std::string text;
    for (const char character : key) {
        if (character == '~') {
            text += "~0";
        } else if (character == '/') {
            text += "~1";
        } else {
            text += character;
        }
    }
    return text;
}

/// A key of the file may be anything; a message quotes only what is harmless to read.
std::string quotable(const std::string& key) {
    constexpr std::size_t longest = 64;
    const bool harmless = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    return harmless && key.size() <= longest ? "'" + key + "'" : "that has an unusual name";
}

bool is_whole(const Poco::Dynamic::Var& value) {
    if (value.isInteger()) {
        return !value.isBoolean();
    }
    if (!value.isNumeric() || value.isBoolean()) {
        return false;
    }
    const auto number = value.convert<double>();
    return std::abs(number) <= whole_doubles && std::trunc(number) == number;
}

}  // namespace

LinkageJson LinkageJson::parse(std::string_view json, const std::string& name) {
    try {
        return {Poco::Dynamic::Var(parse_json_object(json, name)), name, ""};
    } catch (const Error& error) {
        throw Error(ErrorCode::configuration, error.what());
    }
}

LinkageJson LinkageJson::child(const Poco::Dynamic::Var& value, const std::string& step) const {
    return {value, name_, pointer_ + "/" + escaped(step)};
}

void LinkageJson::fail(const std::string& fault) const {
    throw Error(ErrorCode::configuration, name_ + ": " + (pointer_.empty() ? "" : pointer_ + ": ") + fault);
}

bool LinkageJson::has(const std::string& key) const {
    return find(key).has_value();
}

std::optional<LinkageJson> LinkageJson::find(const std::string& key) const {
    if (value_.type() != typeid(Poco::JSON::Object::Ptr)) {
        fail("must be an object");
    }
    const auto& object = *value_.extract<Poco::JSON::Object::Ptr>();
    if (!object.has(key)) {
        return std::nullopt;
    }
    return child(object.get(key), key);
}

LinkageJson LinkageJson::at(const std::string& key) const {
    auto value = find(key);
    if (!value) {
        fail("lacks '" + key + "'");
    }
    return *std::move(value);
}

std::vector<LinkageJson> LinkageJson::elements(std::size_t most) const {
    if (value_.type() != typeid(Poco::JSON::Array::Ptr)) {
        fail("must be an array");
    }
    const auto& array = *value_.extract<Poco::JSON::Array::Ptr>();
    if (array.size() > most) {
        fail("has " + std::to_string(array.size()) + " elements; at most " + std::to_string(most) + " are allowed");
    }
    std::vector<LinkageJson> elements;
    for (std::size_t i = 0; i < array.size(); ++i) {
        elements.push_back(child(array.get(static_cast<unsigned>(i)), std::to_string(i)));
    }
    return elements;
}

std::string LinkageJson::text() const {
    if (!value_.isString()) {
        fail("must be a text");
    }
    auto text = value_.convert<std::string>();
    if (find_invalid_utf8(text) != std::string::npos || text.find('\0') != std::string::npos) {
        fail("must be UTF-8 without U+0000");
    }
    return text;
}

bool LinkageJson::boolean() const {
    if (!value_.isBoolean()) {
        fail("must be true or false");
    }
    return value_.convert<bool>();
}

double LinkageJson::number() const {
    if (!value_.isNumeric() || value_.isBoolean()) {
        fail("must be a number");
    }
    return value_.convert<double>();
}

bool LinkageJson::is_integer() const {
    return is_whole(value_);
}

std::int64_t LinkageJson::integer(std::int64_t least, std::int64_t most) const {
    const auto range = "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    if (!is_whole(value_)) {
        fail(range);
    }
    std::int64_t number = 0;
    try {
        number = value_.isInteger() ? value_.convert<std::int64_t>() : std::llround(value_.convert<double>());
    } catch (const Poco::Exception&) {  // does not fit 64 bits
        fail(range);
    }
    if (number < least || number > most) {
        fail(range);
    }
    return number;
}

std::size_t LinkageJson::one_of(std::span<const std::string_view> allowed) const {
    const auto found = value_.isString()
                           ? std::find(allowed.begin(), allowed.end(), std::string_view(value_.convert<std::string>()))
                           : allowed.end();
    if (found == allowed.end()) {
        std::string list;
        for (const auto& word : allowed) {
            list.append(list.empty() ? "" : ", ").append("\"").append(word).append("\"");
        }
        fail((allowed.size() == 1 ? "must be " : "must be one of ") + list);
    }
    return static_cast<std::size_t>(found - allowed.begin());
}

void LinkageJson::only(std::span<const std::string_view> allowed) const {
    if (value_.type() != typeid(Poco::JSON::Object::Ptr)) {
        fail("must be an object");
    }
    for (const auto& [key, value] : *value_.extract<Poco::JSON::Object::Ptr>()) {
        if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
            fail("has a member " + quotable(key) + ", which version 3 of the linkage schema does not know here");
        }
    }
}

}  // namespace tributary
