#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

#include <string>
#include <string_view>

namespace tributary {

/// The one JSON text of an object: condensed, keys in alphabetical order, so that equal objects have equal bytes and a
/// signature or hash over them stands.
std::string json_text(const Poco::JSON::Object& object);

/// Parses a JSON object of at most `limit` bytes and 32 levels; throws Error(input) naming `what`.
Poco::JSON::Object::Ptr parse_json_object(std::string_view text, const std::string& what,
                                          std::size_t limit = 1U << 20U);

}  // namespace tributary
