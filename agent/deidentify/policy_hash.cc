#include "agent/deidentify/policy_hash.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include "agent/keys/digest.h"
#include "agent/keys/json.h"

namespace tributary {
namespace {

using Poco::Dynamic::Var;

Var to_json(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            break;
        case YamlNode::Kind::scalar:
            return Var(node.scalar);
        case YamlNode::Kind::sequence: {
            Poco::JSON::Array::Ptr array(new Poco::JSON::Array);
            for (const YamlNode& item : node.items) {
                array->add(to_json(item));
            }
            return Var(array);
        }
        case YamlNode::Kind::mapping: {
            Poco::JSON::Object::Ptr object(new Poco::JSON::Object);
            for (const auto& [key, value] : node.entries) {
                object->set(key.scalar, to_json(value));
            }
            return Var(object);
        }
    }
    return Var();
}

Poco::JSON::Object::Ptr rule_json(const YamlNode& rule, const std::string& field) {
    if (rule.is_mapping()) {
        auto object = to_json(rule).extract<Poco::JSON::Object::Ptr>();
        if (!object->has("as") && rule.find("action")->scalar != "drop") {
            object->set("as", field);
        }
        const YamlNode* const allow = rule.find("allow");
        if (allow != nullptr && allow->is_scalar()) {
            Poco::JSON::Array::Ptr list(new Poco::JSON::Array);
            list->add(allow->scalar);
            object->set("allow", list);
        }
        if (rule.find("action")->scalar == "map" && rule.find("else") == nullptr) {
            object->set("else", Var());
        }
        return object;
    }
    Poco::JSON::Object::Ptr object(new Poco::JSON::Object);
    object->set("action", rule.scalar);
    if (rule.scalar != "drop") {
        object->set("as", field);
    }
    return object;
}

Poco::JSON::Array::Ptr fields_json(const YamlNode& fields) {
    Poco::JSON::Array::Ptr result(new Poco::JSON::Array);
    for (const auto& [name, rules] : fields.entries) {
        Poco::JSON::Array::Ptr list(new Poco::JSON::Array);
        if (rules.is_sequence()) {
            for (const YamlNode& rule : rules.items) {
                list->add(rule_json(rule, name.scalar));
            }
        } else {
            list->add(rule_json(rules, name.scalar));
        }
        Poco::JSON::Object::Ptr field(new Poco::JSON::Object);
        field->set("field", name.scalar);
        field->set("rules", list);
        result->add(field);
    }
    return result;
}

}  // namespace

std::string policy_hash(const YamlNode& document, const std::map<std::string, std::string>& files) {
    Poco::JSON::Object canonical;
    for (const auto& [key, value] : document.entries) {
        canonical.set(key.scalar, key.scalar == "fields" ? Var(fields_json(value)) : to_json(value));
    }
    if (!canonical.has("unlisted")) {
        canonical.set("unlisted", "drop");
    }
    if (!files.empty()) {
        Poco::JSON::Object::Ptr digests(new Poco::JSON::Object);
        for (const auto& [name, digest] : files) {
            digests->set(name, digest);
        }
        canonical.set("files", digests);
    }
    return to_hex(sha256(json_text(canonical)));
}

}  // namespace tributary
