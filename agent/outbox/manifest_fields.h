#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "agent/platform/clock.h"

namespace tributary {

inline constexpr std::uint64_t largest_json_integer =
    1ULL << 53U;  ///< what every JSON reader keeps exactly (RFC 8259, section 6)

/// Forms of values.
bool is_sha256(std::string_view text) noexcept;
/// Reasons, run ids and the like: short, printable, without blanks or quotes.
bool is_word(std::string_view text) noexcept;
/// Of columns, keys' domains: 1 to 1024 bytes.
bool is_field_name(std::string_view text) noexcept;

inline constexpr const char* sha256_form = "64 lower-case hexadecimal digits";

/// One JSON object of a manifest: each field's presence, type, form and bounds. Throws Error(input) naming the field by
/// its path.
class ManifestFields {
  public:
    /// With all of `names`, and nothing else but `optional`. `what`: "the manifest".
    ManifestFields(Poco::JSON::Object::Ptr object, std::string what, std::string path,
                   std::initializer_list<const char*> names, std::initializer_list<const char*> optional = {});

    bool has(const char* name) const { return object_->has(name); }
    [[noreturn]] void fail(const std::string& name, const std::string& fault) const;

    template <typename Form>
    std::string text(const char* name, Form form, const char* expected) const {
        auto result = any_text(name);
        if (!form(result)) {
            fail(name, std::string("is not ") + expected);
        }
        return result;
    }
    std::uint64_t integer(const char* name, std::uint64_t smallest = 0,
                          std::uint64_t largest = largest_json_integer) const;
    bool boolean(const char* name) const;
    TimePoint time(const char* name) const;
    ManifestFields object(const char* name, std::initializer_list<const char*> names) const;

    /// Calls `element` with the fields of each object of a list.
    template <typename Element>
    void each(const char* name, std::initializer_list<const char*> names, Element element) const {
        std::size_t index = 0;
        for (const auto& entry : *list(name)) {
            const auto place = std::string(name) + "[" + std::to_string(index++) + "]";
            element(ManifestFields(object_of(entry, place), what_, path_ + place + ".", names));
        }
    }

    std::map<std::string, std::uint64_t> counts(const char* name) const;

  private:
    std::string any_text(const char* name) const;
    Poco::JSON::Array::Ptr list(const char* name) const;
    std::uint64_t integer_of(const Poco::Dynamic::Var& value, const std::string& name, std::uint64_t smallest,
                             std::uint64_t largest) const;
    Poco::JSON::Object::Ptr object_of(const Poco::Dynamic::Var& value, const std::string& name) const;

    Poco::JSON::Object::Ptr object_;
    std::string what_;
    std::string path_;
};

}  // namespace tributary
