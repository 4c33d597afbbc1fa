#pragma once

#include <Poco/Dynamic/Var.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A value of a linkage schema's JSON that knows where it stands: what is asked of it and not so throws
/// Error(configuration) as "FILE: /json/pointer: what is wrong". One thread at a time.
class LinkageJson {
  public:
    /// The object that a file of at most 1 MiB holds; `name` stands in errors.
    static LinkageJson parse(std::string_view json, const std::string& name);

    bool has(const std::string& key) const;
    /// Fails if there is none.
    LinkageJson at(const std::string& key) const;
    std::optional<LinkageJson> find(const std::string& key) const;
    /// The elements of an array of at most `most`.
    std::vector<LinkageJson> elements(std::size_t most) const;

    std::string text() const;  ///< UTF-8 without U+0000
    bool boolean() const;
    double number() const;
    /// A whole number, also when it is written 3.0, as JSON Schema has it.
    std::int64_t integer(std::int64_t least, std::int64_t most) const;
    bool is_integer() const;
    /// The index of the text in `allowed`.
    std::size_t one_of(std::span<const std::string_view> allowed) const;

    /// That the object has no other keys.
    void only(std::span<const std::string_view> allowed) const;

    [[noreturn]] void fail(const std::string& fault) const;

  private:
    LinkageJson(const Poco::Dynamic::Var& value, std::string name, std::string pointer)
        : value_(value), name_(std::move(name)), pointer_(std::move(pointer)) {}
    LinkageJson child(const Poco::Dynamic::Var& value, const std::string& step) const;

    Poco::Dynamic::Var value_;
    std::string name_;
    std::string pointer_;  ///< RFC 6901; empty for the whole
};

}  // namespace tributary
