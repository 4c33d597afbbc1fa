#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A JSON Schema that was parsed and holds no keyword that we do not check. For agent/config. Immutable.
class SchemaDocument {
  public:
    /// Throws Error(internal), with `what` in the text: the schema is a part of a program or a plugin, not of anybody's
    /// configuration.
    SchemaDocument(std::string_view json, std::string what);

    const Poco::Dynamic::Var& root() const noexcept { return root_; }
    /// What a "$ref" leads to: "#" or "#/$defs/NAME".
    Poco::Dynamic::Var resolve(const std::string& reference) const;

    [[noreturn]] void fail(const std::string& why) const;

  private:
    void check_keywords(const Poco::Dynamic::Var& schema, int depth) const;

    std::string what_;
    Poco::Dynamic::Var root_;
};

/// The object or array that a value is; nullptr if it is none.
Poco::JSON::Object::Ptr as_object(const Poco::Dynamic::Var& value);
Poco::JSON::Array::Ptr as_array(const Poco::Dynamic::Var& value);
/// The strings of an array ("required", "enum" as far as it holds strings).
std::vector<std::string> strings_of(const Poco::Dynamic::Var& value);

}  // namespace tributary
