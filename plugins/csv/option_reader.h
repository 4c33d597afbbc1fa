#pragma once

#include <Poco/JSON/Object.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::csv {

/// A JSON object of options read one by one. Every fault is an sdk::Failure(TRIBUTARY_CONFIGURATION) with the option's
/// JSON Pointer.
class OptionReader {
  public:
    /// `pointer`: to the object itself; `known`: all that may stand in it.
    OptionReader(std::string_view json, std::string pointer, std::initializer_list<std::string_view> known);

    bool has(const std::string& name) const { return object_->has(name); }
    std::optional<std::string> text(const std::string& name) const;
    std::optional<bool> boolean(const std::string& name) const;
    std::optional<std::uint64_t> number(const std::string& name, std::uint64_t low, std::uint64_t high) const;
    std::optional<std::vector<std::string>> texts(const std::string& name, std::size_t most) const;
    /// "5s", "200ms", "2m", "1h".
    std::optional<std::chrono::milliseconds> duration(const std::string& name) const;
    /// The place of the text among `choices`.
    std::optional<std::size_t> choice(const std::string& name, std::initializer_list<std::string_view> choices) const;

    [[noreturn]] void fail(const std::string& name, const std::string& message) const;

  private:
    Poco::Dynamic::Var value(const std::string& name) const { return object_->get(name); }

    Poco::JSON::Object::Ptr object_;
    std::string pointer_;
};

}  // namespace tributary::csv
