#include "agent/deidentify/key_options.h"

#include <algorithm>
#include <iterator>

#include "agent/config/quoted_text.h"

namespace tributary {
namespace {

constexpr IdentifierType types[] = {IdentifierType::nhs_number, IdentifierType::identifier, IdentifierType::uprn,
                                    IdentifierType::text};

std::string list_of(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
        list += (list.empty() ? "" : ", ") + quoted_text(id);
    }
    return list;
}

const LinkageKey* find_named(const std::string& id, MappingReader& options, const ActionContext& context, KeyUse use) {
    const LinkageKey* const key = context.keys.find(id);
    if (key != nullptr) {
        auto& uses = use == KeyUse::encodings ? context.key_uses.encodings : context.key_uses.codes;
        uses.emplace(key->fingerprint(), KeyUses::Use{id, options.node("key")->location});
    } else {
        const auto ids = context.keys.ids();
        const auto near = nearest(id, ids);
        options.error_at(
            "key", "there is no linkage key " + quoted_text(id) +
                       (near ? "; did you mean " + quoted_text(*near) + "?" : "") +
                       (ids.empty() ? " (this site has no linkage key yet)" : " (this site has " + list_of(ids) + ")") +
                       "; `tributary key import FILE` brings one from the key custodian");
    }
    return key;
}

bool is_domain(std::string_view text) noexcept {
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

}  // namespace

const LinkageKey* find_key(MappingReader& options, const ActionContext& context, KeyUse use) {
    const std::string id = options.required_text("key");
    return id.empty() ? nullptr : find_named(id, options, context, use);
}

std::vector<const LinkageKey*> find_keys(MappingReader& options, const ActionContext& context) {
    const YamlNode* const node = options.required_node("key");
    if (node == nullptr || !node->is_sequence()) {
        const LinkageKey* const key = node == nullptr ? nullptr : find_key(options, context);
        return key == nullptr ? std::vector<const LinkageKey*>() : std::vector<const LinkageKey*>{key};
    }
    const auto ids = options.texts("key");
    if (ids.empty() && node->items.empty()) {
        options.error_at("key", "'key' names no linkage key; during a rotation it is a list, the newest first");
    }
    std::vector<const LinkageKey*> keys;
    for (const std::string& id : ids) {
        const LinkageKey* const key = find_named(id, options, context, KeyUse::codes);
        if (key == nullptr) {
            return {};
        }
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
            options.error_at("key", "'key' names the linkage key " + quoted_text(id) + " twice");
            return {};
        }
        keys.push_back(key);
    }
    return keys;
}

bool require_domain(MappingReader& options, const LinkageKey& key, std::string_view domain) {
    if (key.allows_domain(domain)) {
        return true;
    }
    options.error_at("key", "the linkage key " + quoted_text(key.id()) + " may not be used for the domain " +
                                quoted_text(domain) + " but for " + list_of(key.domains()) +
                                "; the key custodian seals keys for domains (`tributary key create --domain`)");
    return false;
}

std::string read_domain(MappingReader& options, std::span<const LinkageKey* const> keys) {
    std::string domain = options.required_text("domain");
    if (!domain.empty() && !is_domain(domain)) {
        options.error_at("domain", "'domain' must be at most 64 letters, digits, '-', '_' and '.'");
        return {};
    }
    const bool allowed = domain.empty() || std::all_of(keys.begin(), keys.end(), [&](const LinkageKey* key) {
                             return key == nullptr || require_domain(options, *key, domain);
                         });
    return allowed ? domain : std::string();
}

std::optional<IdentifierType> read_identifier_type(MappingReader& options) {
    std::vector<std::string> names;
    for (const IdentifierType type : types) {
        names.emplace_back(to_string(type));
    }
    const auto chosen = required_choice(options, "type", names);
    if (!chosen) {
        return std::nullopt;
    }
    return types[static_cast<std::size_t>(std::find(names.begin(), names.end(), *chosen) - names.begin())];
}

}  // namespace tributary
