#include "plugins/csv/option_reader.h"

#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <charconv>

#include "plugins/sdk/plugin.h"

namespace tributary::csv {

namespace {

/// RFC 6901: "~" and "/" within a name.
std::string pointer_token(const std::string& name) {
    std::string token;
    for (const char c : name) {
        token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return token;
}

std::string list(std::initializer_list<std::string_view> names) {
    std::string text;
    for (const auto name : names) {
        text += (text.empty() ? "" : ", ") + std::string(name);
    }
    return text;
}

}  // namespace

OptionReader::OptionReader(std::string_view json, std::string pointer, std::initializer_list<std::string_view> known)
    : pointer_(std::move(pointer)) {
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(16);
        const auto document = parser.parse(json.empty() ? std::string("{}") : std::string(json));
        if (document.type() == typeid(Poco::JSON::Object::Ptr)) {
            object_ = document.extract<Poco::JSON::Object::Ptr>();
        }
    } catch (const Poco::Exception&) {
        // Said below: nothing of the text, which may hold what ought to be a secret.
    }
    if (object_.isNull()) {
        throw sdk::Failure(TRIBUTARY_CONFIGURATION, "the options are not a JSON object", pointer_);
    }
    for (const auto& name : object_->getNames()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            fail(name, "there is no such option; there are " + list(known));
        }
    }
}

void OptionReader::fail(const std::string& name, const std::string& message) const {
    throw sdk::Failure(TRIBUTARY_CONFIGURATION, "option '" + name + "': " + message,
                       pointer_ + "/" + pointer_token(name));
}

std::optional<std::string> OptionReader::text(const std::string& name) const {
    if (!has(name)) {
        return std::nullopt;
    }
    const auto item = value(name);
    if (!item.isString()) {
        fail(name, "a text is needed");
    }
    return item.extract<std::string>();
}

std::optional<bool> OptionReader::boolean(const std::string& name) const {
    if (!has(name)) {
        return std::nullopt;
    }
    const auto item = value(name);
    if (!item.isBoolean()) {
        fail(name, "true or false is needed");
    }
    return item.extract<bool>();
}

std::optional<std::uint64_t> OptionReader::number(const std::string& name, std::uint64_t low,
                                                  std::uint64_t high) const {
    if (!has(name)) {
        return std::nullopt;
    }
    const auto item = value(name);
    if (item.isInteger() && !item.isBoolean()) {
        try {
            const auto number = item.convert<std::uint64_t>();
            if (number >= low && number <= high) {
                return number;
            }
        } catch (const Poco::Exception&) {
            // Negative: said below.
        }
    }
    fail(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high) + " is needed");
}

std::optional<std::vector<std::string>> OptionReader::texts(const std::string& name, std::size_t most) const {
    if (!has(name)) {
        return std::nullopt;
    }
    const auto item = value(name);
    if (item.type() != typeid(Poco::JSON::Array::Ptr)) {
        fail(name, "a list of texts is needed");
    }
    const auto& array = *item.extract<Poco::JSON::Array::Ptr>();
    if (array.size() > most) {
        fail(name, "the list is too long; " + std::to_string(most) + " are the most");
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto entry = array.get(static_cast<unsigned>(i));
        if (!entry.isString()) {
            fail(name, "entry " + std::to_string(i + 1) + " is not a text");
        }
        texts.push_back(entry.extract<std::string>());
    }
    return texts;
}

std::optional<std::chrono::milliseconds> OptionReader::duration(const std::string& name) const {
    const auto text = this->text(name);
    if (!text) {
        return std::nullopt;
    }
    constexpr std::uint64_t longest = 24ULL * 3600 * 1000;
    std::uint64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, fault] = std::from_chars(text->data(), end, number);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    const std::uint64_t factor = unit == "ms"  ? 1
                                 : unit == "s" ? 1000
                                 : unit == "m" ? 60000
                                 : unit == "h" ? 3600000
                                               : 0;
    if (fault != std::errc() || factor == 0 || number > longest / factor) {
        fail(name, "a length of time is needed, such as 5s, 2m or 1h; a day at most");
    }
    return std::chrono::milliseconds(number * factor);
}

std::optional<std::size_t> OptionReader::choice(const std::string& name,
                                                std::initializer_list<std::string_view> choices) const {
    const auto text = this->text(name);
    if (!text) {
        return std::nullopt;
    }
    const auto found = std::find(choices.begin(), choices.end(), *text);
    if (found == choices.end()) {
        fail(name, "it must be one of " + list(choices));
    }
    return static_cast<std::size_t>(found - choices.begin());
}

}  // namespace tributary::csv
