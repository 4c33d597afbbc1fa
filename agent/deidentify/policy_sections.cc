#include <algorithm>
#include <filesystem>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/derived_key.h"
#include "agent/deidentify/policy_compiler.h"
#include "agent/deidentify/retraction.h"
#include "agent/platform/error.h"
#include "agent/schedule/time_text.h"

// What a policy says beside its fields: opt-outs, the egress guard's exceptions, disclosure risk.

namespace tributary {

bool is_stream_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 63;
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= longest && is_lower(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

void PolicyCompiler::read_opt_out(const YamlNode& opt_out) {
    MappingReader reader(opt_out, "'opt_out'", diagnostics_);
    OptOutSettings settings;
    settings.field = reader.required_text("field");
    const auto folder = std::filesystem::path(opt_out.location.file).parent_path();
    const bool given = reader.required_node("lists") != nullptr;
    for (const std::string& list : reader.texts("lists")) {
        settings.lists.push_back(folder / list);
    }
    if (given && settings.lists.empty()) {
        reader.error_at("lists", "'lists' names no file; it is one path or a list of them");
    }
    const std::string age = reader.required_text("max_age");
    try {
        settings.max_age = age.empty() ? std::chrono::seconds(0) : parse_duration(age);
        if (!age.empty() && settings.max_age <= std::chrono::seconds(0)) {
            reader.error_at("max_age", "'max_age' must be longer than nothing, as in 7d");
        }
    } catch (const Error& error) {
        reader.error_at("max_age", std::string("'max_age': ") + error.what());
    }
    settings.empty_lists = reader.boolean("empty_lists", false);
    reader.finish();
    policy_->opt_out_ = std::move(settings);
    policy_->opt_out_location_ = opt_out.location;
}

std::vector<std::string> PolicyCompiler::read_columns(MappingReader& reader, std::string_view key) {
    std::vector<std::string> leaving;
    for (const CompiledRule& rule : policy_->rules_) {
        for (const Field& output : rule.outputs) {
            leaving.push_back(output.name);
        }
    }
    const YamlNode* const node = reader.required_node(key);
    if (node == nullptr) {
        return {};
    }
    if (node->is_sequence() && node->items.empty()) {
        reader.error_at(key, quoted_text(key) + " names no column");
    }
    auto columns = reader.texts(key);
    for (const std::string& column : columns) {
        if (std::find(leaving.begin(), leaving.end(), column) == leaving.end()) {
            const auto near = nearest(column, leaving);
            reader.error_at(key, quoted_text(key) + " names columns that leave, and there is none called " +
                                     quoted_text(column) + (near ? "; did you mean " + quoted_text(*near) + "?" : ""));
        }
    }
    return columns;
}

void PolicyCompiler::read_guard(const YamlNode& guard) {
    MappingReader reader(guard, "'guard'", diagnostics_);
    const auto columns = read_columns(reader, "allow");
    policy_->guard_allowed_.insert(columns.begin(), columns.end());
    reader.finish();
}

void PolicyCompiler::read_disclosure(const YamlNode& disclosure) {
    constexpr std::int64_t largest_class = 1000;
    MappingReader reader(disclosure, "'disclosure'", diagnostics_);
    DisclosureSettings settings;
    settings.quasi_identifiers = read_columns(reader, "quasi_identifiers");
    settings.k = static_cast<std::uint32_t>(reader.integer("k", settings.k, 2, largest_class));
    settings.suppress = reader.choice("below_k", {"report", "suppress"}, "report") == "suppress";
    reader.finish();
    policy_->disclosure_ = std::move(settings);
}

/// The opt-out field's pseudonyms are all that a repository has of a person.
void PolicyCompiler::prepare_retraction() {
    const auto is_of_person = [this](const CompiledRule& rule) {
        return rule.field == policy_->opt_out_->field && rule.action != nullptr && rule.action->name() == "pseudonym" &&
               rule.action->reads_nhs_number();
    };
    std::shared_ptr<CompiledPolicy> rules(new CompiledPolicy);
    rules->stream_ = policy_->stream_;
    rules->hash_ = policy_->hash_;
    rules->file_ = policy_->file_;
    std::vector<Siv> memory;
    for (const CompiledRule& rule : policy_->rules_) {
        if (!is_of_person(rule)) {
            continue;
        }
        rules->rules_.push_back(rule);
        for (const PseudonymColumn& origin : policy_->pseudonyms_) {
            const bool made_here = std::any_of(rule.outputs.begin(), rule.outputs.end(),
                                               [&](const Field& output) { return output.name == origin.column; });
            if (made_here) {
                rules->pseudonyms_.push_back(origin);
                const LinkageKey& key = *keys_.find(origin.key_id);
                memory.emplace_back(
                    DerivedKey(key, "tributary opt-out memory v1", origin.domain, Siv::key_bytes).bytes());
            }
        }
    }
    if (memory.empty()) {
        diagnostics_.warning(policy_->opt_out_location_,
                             "no pseudonym of " + quoted_text(policy_->opt_out_->field) +
                                 " (type nhs_number) leaves, so what has left of people who opt out later cannot be "
                                 "retracted; their later records stay");
        return;
    }
    policy_->retraction_ =
        std::make_shared<const Retraction>(std::move(rules), policy_->opt_out_->field, std::move(memory));
}

void PolicyCompiler::read_linkage(const YamlNode& linkage, const ActionContext& context) {
    MappingReader reader(linkage, "'linkage'", diagnostics_);
    LinkageSettings settings;
    settings.stream = reader.required_text("stream");
    const YamlNode* const place = reader.node("stream");
    settings.location = place != nullptr ? place->location : linkage.location;
    settings.row_key = reader.optional_text("row_key").value_or("row_key");
    if (!settings.stream.empty() && (!is_stream_name(settings.stream) || settings.stream == policy_->stream_)) {
        reader.error_at("stream",
                        "'stream' under 'linkage' must be another stream's name: a small letter, then at most 62 small "
                        "letters, digits and underscores");
    }
    const YamlNode* const fields = reader.required_node("fields");
    reader.finish();
    names_.add(settings.row_key, settings.location, diagnostics_);
    // The same rules as of any policy, compiled into one of their own.
    std::shared_ptr<CompiledPolicy> rules(new CompiledPolicy);
    OutputNames names;
    names.add(settings.row_key, settings.location, diagnostics_);
    rules->stream_ = settings.stream;
    rules->file_ = policy_->file_;
    std::swap(rules, policy_);
    std::swap(names, names_);
    if (fields != nullptr) {
        const std::size_t errors = diagnostics_.error_count();
        read_fields(*fields, context);
        for (const CompiledRule& rule : policy_->rules_) {
            const bool is_drop = rule.action == nullptr && diagnostics_.error_count() == errors;  // not a faulty rule
            if (is_drop || (rule.action != nullptr && rule.action->name() != "clk")) {
                diagnostics_.error(rule.location, "'linkage' makes encodings (clk) and nothing else; the field " +
                                                      quoted_text(rule.field) +
                                                      " belongs under 'fields' of the policy");
            }
        }
    }
    std::swap(names, names_);
    std::swap(rules, policy_);
    rules->linked_ = LinkedStream{policy_->stream_, settings.row_key};
    policy_->linked_ = LinkedStream{settings.stream, settings.row_key};
    linkage_rules_ = rules;
    settings.rules = std::move(rules);
    policy_->linkage_ = std::move(settings);
}

/// One file, one hash: whoever approves it approves both streams.
void PolicyCompiler::share_hash() {
    if (linkage_rules_ != nullptr) {
        linkage_rules_->hash_ = policy_->hash_;
    }
}

}  // namespace tributary
