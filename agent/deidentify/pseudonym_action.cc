#include "agent/deidentify/pseudonym_action.h"

#include <algorithm>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/pseudonymiser.h"
#include "agent/deidentify/text_action.h"

namespace tributary {
namespace {

constexpr IdentifierType types[] = {IdentifierType::nhs_number, IdentifierType::identifier, IdentifierType::uprn,
                                    IdentifierType::text};

class PseudonymAction final : public TextAction {
  public:
    explicit PseudonymAction(Pseudonymiser pseudonymiser) : pseudonymiser_(std::move(pseudonymiser)) {}

    std::string_view name() const noexcept override { return "pseudonym"; }
    std::span<const std::string_view> reasons() const noexcept override { return pseudonymiser_.reasons(); }
    bool reads_nhs_number() const noexcept override { return pseudonymiser_.type() == IdentifierType::nhs_number; }

    std::vector<Column> apply(const Column& input, std::span<Outcome> outcomes) const override {
        constexpr std::size_t length = Pseudonymiser::length;
        return transform_text(input.as_text(), outcomes, input.length() * length,
                              [this](std::string_view value, TextBuilder& output) {
                                  const Outcome outcome = pseudonymiser_.write(value, output.room(length));
                                  if (outcome == outcome::filled) {
                                      output.written(length);
                                  }
                                  return outcome;
                              });
    }

  private:
    Pseudonymiser pseudonymiser_;
};

std::string list_of(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
        list += (list.empty() ? "" : ", ") + quoted_text(id);
    }
    return list;
}

/// The key of the id that the options name; nullptr, reported, if there is none.
const LinkageKey* find_key(MappingReader& options, const LinkageKeys& keys) {
    const std::string id = options.required_text("key");
    if (id.empty()) {
        return nullptr;
    }
    const LinkageKey* const key = keys.find(id);
    if (key == nullptr) {
        const auto ids = keys.ids();
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

CompiledAction compile_pseudonym(MappingReader& options, const ActionContext& context) {
    std::vector<std::string> names;
    for (const IdentifierType type : types) {
        names.emplace_back(to_string(type));
    }
    const auto type = required_choice(options, "type", names);
    const LinkageKey* const key = find_key(options, context.keys);
    const std::string domain = options.required_text("domain");
    if (!domain.empty() && !is_domain(domain)) {
        options.error_at("domain", "'domain' must be at most 64 letters, digits, '-', '_' and '.'");
        return {};
    }
    if (!type || key == nullptr || domain.empty()) {
        return {};
    }
    const auto index = static_cast<std::size_t>(std::find(names.begin(), names.end(), *type) - names.begin());
    return {std::make_shared<PseudonymAction>(Pseudonymiser(*key, domain, types[index])),
            PseudonymOrigin{*type, key->id(), key->epoch(), domain}};
}

}  // namespace tributary
