#include "agent/config/json_schema.h"

#include <Poco/Exception.h>
#include <Poco/RegularExpression.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "agent/config/quoted_text.h"
#include "agent/config/scalar.h"
#include "agent/config/schema_document.h"
#include "agent/config/schema_values.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Object;

constexpr int deepest = 256;  // a reference that leads to itself; YAML ends at 64

class Checker {
  public:
    Checker(const SchemaDocument& document, const std::string& what) : document_(document), what_(what) {}

    void check(const YamlNode& node, const Var& schema, const std::string& path, Diagnostics& faults);

  private:
    /// One keyword's check; the keyword's value is read from the schema.
    void check_value(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) const;
    void check_type(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) const;
    void check_choice(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) const;
    void check_text(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) const;
    void check_size(const YamlNode& node, const Object& schema, const char* fewest, const char* most,
                    const std::string& unit, std::size_t size, const std::string& path, Diagnostics& faults) const;
    void check_items(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults);
    void check_entries(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults);
    bool check_by_pattern(const std::pair<YamlNode, YamlNode>& entry, const Object& schema, const std::string& path,
                          Diagnostics& faults);
    void check_branches(const YamlNode& node, const Object& schema, const char* keyword, const std::string& path,
                        Diagnostics& faults);
    void report_no_branch(const YamlNode& node, const std::vector<Object::Ptr>& branches,
                          const std::vector<Diagnostics>& results, const std::string& path, Diagnostics& faults) const;

    bool matches(const std::string& text, const std::string& pattern) const;
    Object::Ptr resolved(const Var& schema) const;
    void fault(const YamlNode& node, const std::string& path, const std::string& message, Diagnostics& faults) const;

    const SchemaDocument& document_;
    const std::string& what_;
    int depth_ = 0;
};

std::string inside(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

void Checker::fault(const YamlNode& node, const std::string& path, const std::string& message,
                    Diagnostics& faults) const {
    faults.error(node.location, what_ + ": " + (path.empty() ? "this" : quoted_text(path)) + " " + message);
}

bool Checker::matches(const std::string& text, const std::string& pattern) const {
    using Poco::RegularExpression;
    try {
        RegularExpression::Match found;
        return RegularExpression(pattern, RegularExpression::RE_UTF8 | RegularExpression::RE_DOLLAR_ENDONLY)
                   .match(text, 0, found) > 0;
    } catch (const Poco::Exception& error) {
        document_.fail("has a pattern that cannot be used: " + error.displayText());
    }
}

Object::Ptr Checker::resolved(const Var& schema) const {
    auto object = as_object(schema);
    for (int i = 0; object && object->has("$ref"); ++i) {
        if (i == deepest) {
            document_.fail("refers to itself without end");
        }
        object = as_object(document_.resolve(object->getValue<std::string>("$ref")));
    }
    return object;
}

void Checker::check(const YamlNode& node, const Var& schema, const std::string& path, Diagnostics& faults) {
    const auto object = as_object(schema);
    if (!object) {
        if (!schema.convert<bool>()) {
            fault(node, path, "must not be here", faults);
        }
        return;
    }
    if (++depth_ > deepest) {
        document_.fail("refers to itself without end");
    }
    if (object->has("$ref")) {
        check(node, document_.resolve(object->getValue<std::string>("$ref")), path, faults);
    }
    if (!admits_type(*object, node)) {
        check_type(node, *object, path, faults);
    } else {
        check_value(node, *object, path, faults);
        check_choice(node, *object, path, faults);
        if (node.is_mapping()) {
            check_entries(node, *object, path, faults);
        } else if (node.is_sequence()) {
            check_items(node, *object, path, faults);
        }
        check_branches(node, *object, "oneOf", path, faults);
        check_branches(node, *object, "anyOf", path, faults);
    }
    --depth_;
}

void Checker::check_type(const YamlNode& node, const Object& schema, const std::string& path,
                         Diagnostics& faults) const {
    std::vector<std::string> types = types_of(schema);
    const bool wants_text = std::find(types.begin(), types.end(), "string") != types.end();
    std::transform(types.begin(), types.end(), types.begin(), in_words);
    std::string message = "must be " + or_list(types);
    if (node.is_scalar() && wants_text) {
        message += "; put it in quotes, since YAML reads it as " + in_words(type_of(node));
    } else if (node.is_scalar() && node.quoted) {
        message += ", without quotes";
    }
    fault(node, path, message, faults);
}

void Checker::check_choice(const YamlNode& node, const Object& schema, const std::string& path,
                           Diagnostics& faults) const {
    if (schema.has("const") && !equal(node, schema.get("const"))) {
        fault(node, path, "must be " + written(schema.get("const")), faults);
    }
    const auto choices = schema.getArray("enum");
    if (!choices || std::any_of(choices->begin(), choices->end(), [&](const Var& v) { return equal(node, v); })) {
        return;
    }
    std::vector<std::string> names;
    for (const auto& choice : *choices) {
        names.push_back(written(choice));
    }
    const auto suggestion = node.is_scalar() ? nearest(node.scalar, names) : std::nullopt;
    fault(node, path,
          "must be " + or_list(names) + (suggestion ? "; did you mean " + quoted_text(*suggestion) + "?" : ""), faults);
}

void Checker::check_value(const YamlNode& node, const Object& schema, const std::string& path,
                          Diagnostics& faults) const {
    if (const auto number = number_of(node)) {
        if (schema.has("minimum") && *number < schema.getValue<double>("minimum")) {
            fault(node, path, "must be at least " + Var::toString(schema.get("minimum")), faults);
        }
        if (schema.has("maximum") && *number > schema.getValue<double>("maximum")) {
            fault(node, path, "must be at most " + Var::toString(schema.get("maximum")), faults);
        }
    } else if (is_text(node)) {
        check_text(node, schema, path, faults);
    }
}

void Checker::check_text(const YamlNode& node, const Object& schema, const std::string& path,
                         Diagnostics& faults) const {
    check_size(node, schema, "minLength", "maxLength", "characters", characters(node.scalar), path, faults);
    if (schema.has("pattern") && !matches(node.scalar, schema.getValue<std::string>("pattern"))) {
        fault(node, path,
              schema.has("description") ? "does not have its form: " + schema.getValue<std::string>("description")
                                        : "must match the pattern " + schema.getValue<std::string>("pattern"),
              faults);
    }
}

void Checker::check_size(const YamlNode& node, const Object& schema, const char* fewest, const char* most,
                         const std::string& unit, std::size_t size, const std::string& path,
                         Diagnostics& faults) const {
    if (schema.has(fewest) && size < schema.getValue<std::size_t>(fewest)) {
        fault(node, path, "must have at least " + Var::toString(schema.get(fewest)) + " " + unit, faults);
    }
    if (schema.has(most) && size > schema.getValue<std::size_t>(most)) {
        fault(node, path, "must have at most " + Var::toString(schema.get(most)) + " " + unit, faults);
    }
}

void Checker::check_items(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) {
    check_size(node, schema, "minItems", "maxItems", "items", node.items.size(), path, faults);
    const bool unique = schema.has("uniqueItems") && schema.getValue<bool>("uniqueItems");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const auto& item = node.items[i];
        const auto item_path = inside(path, std::to_string(i + 1));
        if (schema.has("items")) {
            check(item, schema.get("items"), item_path, faults);
        }
        if (unique && !seen.insert(to_json(item)).second) {
            fault(item, item_path, "stands in the list twice", faults);
        }
    }
}

bool Checker::check_by_pattern(const std::pair<YamlNode, YamlNode>& entry, const Object& schema,
                               const std::string& path, Diagnostics& faults) {
    bool found = false;
    if (const auto patterns = schema.getObject("patternProperties")) {
        for (const auto& [pattern, value_schema] : *patterns) {
            if (matches(entry.first.scalar, pattern)) {
                check(entry.second, value_schema, inside(path, entry.first.scalar), faults);
                found = true;
            }
        }
    }
    return found;
}

void Checker::check_entries(const YamlNode& node, const Object& schema, const std::string& path, Diagnostics& faults) {
    check_size(node, schema, "minProperties", "maxProperties", "keys", node.entries.size(), path, faults);
    for (const auto& name : strings_of(schema.get("required"))) {
        if (node.find(name) == nullptr) {
            faults.error(node.location, what_ + ": the key " + quoted_text(inside(path, name)) + " is missing");
        }
    }
    const auto properties = schema.getObject("properties");
    for (const auto& entry : node.entries) {
        const auto& [key, value] = entry;
        const auto key_path = inside(path, key.scalar);
        bool known = properties && properties->has(key.scalar);
        if (known) {
            check(value, properties->get(key.scalar), key_path, faults);
        }
        known = check_by_pattern(entry, schema, path, faults) || known;
        if (schema.has("propertyNames")) {
            YamlNode name = key;
            name.quoted = true;  // a key is text
            check(name, schema.get("propertyNames"), key_path, faults);
        }
        const auto others = schema.get("additionalProperties");
        if (known || others.isEmpty()) {
            continue;
        }
        if (as_object(others) || others.convert<bool>()) {
            check(value, others, key_path, faults);
            continue;
        }
        const auto suggestion = properties ? nearest(key.scalar, properties->getNames()) : std::nullopt;
        faults.error(key.location, what_ + ": unknown key " + quoted_text(key_path) +
                                       (suggestion ? "; did you mean " + quoted_text(*suggestion) + "?" : ""));
    }
}

void Checker::check_branches(const YamlNode& node, const Object& schema, const char* keyword, const std::string& path,
                             Diagnostics& faults) {
    const auto list = schema.getArray(keyword);
    if (!list) {
        return;
    }
    std::vector<Object::Ptr> branches;
    std::vector<Diagnostics> results;
    std::size_t met = 0;
    for (const auto& branch : *list) {
        branches.push_back(resolved(branch));
        results.emplace_back();
        check(node, branch, path, results.back());
        met += results.back().has_errors() ? 0U : 1U;
    }
    if (met == 0) {
        report_no_branch(node, branches, results, path, faults);
    } else if (met > 1 && std::string_view(keyword) == "oneOf") {
        fault(node, path, "can be read in more than one way; leave out what does not belong together", faults);
    }
}

/// Tells what is wrong with the form that was most likely meant: of those whose type fits, the one whose constants
/// (`action: date`) are there; else the one with the fewest faults.
void Checker::report_no_branch(const YamlNode& node, const std::vector<Object::Ptr>& branches,
                               const std::vector<Diagnostics>& results, const std::string& path,
                               Diagnostics& faults) const {
    std::optional<std::size_t> best;
    std::vector<std::string> types;
    std::vector<std::string> constants;
    const YamlNode* decider = nullptr;
    std::string decider_path;
    for (std::size_t i = 0; i < branches.size(); ++i) {
        if (!branches[i]) {
            continue;
        }
        for (const auto& type : types_of(*branches[i])) {
            if (std::find(types.begin(), types.end(), in_words(type)) == types.end()) {
                types.push_back(in_words(type));
            }
        }
        if (!admits_type(*branches[i], node)) {
            continue;
        }
        const auto properties = branches[i]->getObject("properties");
        for (const auto& entry : node.entries) {
            const auto rule = properties ? properties->getObject(entry.first.scalar) : Object::Ptr();
            if (rule && rule->has("const")) {
                if (equal(entry.second, rule->get("const"))) {
                    faults.append(results[i]);
                    return;
                }
                decider = &entry.second;
                constants.push_back(written(rule->get("const")));
                decider_path = inside(path, entry.first.scalar);
            }
        }
        if (!best || results[i].error_count() < results[*best].error_count()) {
            best = i;
        }
    }
    if (decider != nullptr) {
        const auto suggestion = nearest(decider->scalar, constants);
        fault(*decider, decider_path,
              "must be " + or_list(constants) + (suggestion ? "; did you mean " + quoted_text(*suggestion) + "?" : ""),
              faults);
    } else if (best) {
        faults.append(results[*best]);
    } else {
        fault(node, path, "must be " + or_list(types), faults);
    }
}

}  // namespace

void check_against_schema(const YamlNode& node, std::string_view json_schema, const std::string& what,
                          Diagnostics& diagnostics) {
    const SchemaDocument document(json_schema, what);
    Diagnostics faults;
    Checker(document, what).check(node, document.root(), "", faults);
    auto in_order = faults.all();
    std::stable_sort(in_order.begin(), in_order.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.location.line, a.location.column) < std::pair(b.location.line, b.location.column);
    });
    for (const auto& one : in_order) {
        diagnostics.error(one.location, one.message);
    }
}

}  // namespace tributary
