#include "agent/deidentify/policy_compiler.h"

#include <algorithm>
#include <utility>

#include "agent/config/quoted_text.h"
#include "agent/deidentify/policy_hash.h"
#include "agent/platform/error.h"
#include "agent/schedule/time_text.h"

namespace tributary {
namespace {

std::string all_actions() {
    std::string list;
    for (const std::string& name : action_names()) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

/// A bare word as the mapping that it stands for.
YamlNode without_options(const YamlNode& word) {
    YamlNode key = word;
    key.scalar = "action";
    YamlNode mapping;
    mapping.kind = YamlNode::Kind::mapping;
    mapping.location = word.location;
    mapping.entries.emplace_back(std::move(key), word);
    return mapping;
}

/// A key's id as a part of a column's name: "region-2026" as "region_2026".
std::string column_word(std::string id) {
    std::replace_if(
        id.begin(), id.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    return id;
}

/// The most that a manifest needs to describe the policy: names may double by escapes, counts have twenty digits.
std::size_t description_bytes(const CompiledPolicy& policy) {
    constexpr std::size_t field_quality = 120;
    constexpr std::size_t reason_count = 24;
    constexpr std::size_t column = 40;
    constexpr std::size_t pseudonym = 140;
    std::size_t bytes = 0;
    for (const CompiledRule& rule : policy.rules()) {
        bytes += field_quality + 2 * rule.field.size();
        for (const Field& output : rule.outputs) {
            bytes += column + 2 * output.name.size();
        }
        if (rule.action != nullptr) {
            for (const std::string_view reason : rule.action->reasons()) {
                bytes += reason_count + reason.size();
            }
        }
    }
    for (const PseudonymColumn& origin : policy.pseudonyms()) {
        bytes += pseudonym + 2 * (origin.column.size() + origin.key_id.size() + origin.domain.size());
    }
    return bytes;
}

/// The formats that the policy declares; ISO 8601's if it declares none.
DateReader read_date_formats(const YamlNode* node, Diagnostics& diagnostics) {
    if (node == nullptr) {
        return DateReader::iso();
    }
    if (!node->is_sequence() || node->items.empty()) {
        diagnostics.error(
            node->location,
            "'date_formats' must be a list of patterns, as in [yyyy-MM-dd, dd/MM/yyyy]; without the line, "
            "dates are read as ISO 8601 writes them");
        return DateReader::iso();
    }
    std::vector<DateFormat> formats;
    for (const YamlNode& item : node->items) {
        std::string fault = "must be text";
        auto format = item.is_scalar() ? DateFormat::compile(item.scalar, fault) : std::nullopt;
        if (!format) {
            diagnostics.error(item.location, "the date format " + quoted_text(item.scalar) + " " + fault);
            continue;
        }
        if (std::any_of(formats.begin(), formats.end(),
                        [&](const auto& other) { return format->contradicts(other); })) {
            diagnostics.error(
                item.location,
                "the date format " + quoted_text(item.scalar) +
                    " has day and month the other way round from one before it, so that 03/04/2026 could be "
                    "either; keep the one that the source writes");
            continue;
        }
        formats.push_back(std::move(*format));
    }
    return DateReader(std::move(formats));
}

}  // namespace

std::shared_ptr<const CompiledPolicy> PolicyCompiler::compile(const YamlNode& document) {
    const std::size_t errors_before = diagnostics_.error_count();
    policy_->file_ = document.location.file;
    if (document.is_null()) {
        diagnostics_.error(document.location, "the policy is empty; it needs the keys 'policy', 'stream' and 'fields'");
        return nullptr;
    }
    MappingReader reader(document, "the policy", diagnostics_);
    read_head(reader);
    const auto dates = std::make_shared<const DateReader>(read_date_formats(reader.node("date_formats"), diagnostics_));
    const auto folder = std::filesystem::path(document.location.file).parent_path();
    const ActionContext context{keys_, files_, folder, read_, dates, diagnostics_, policy_->key_uses_};
    if (const YamlNode* const fields = reader.required_node("fields"); fields != nullptr) {
        read_fields(*fields, context);
    }
    if (const YamlNode* const linkage = reader.node("linkage"); linkage != nullptr) {
        read_linkage(*linkage, context);
    }
    refuse_shared_keys(policy_->key_uses_, policy_->key_uses_, "this policy", diagnostics_);
    if (const YamlNode* const opt_out = reader.node("opt_out"); opt_out != nullptr) {
        read_opt_out(*opt_out);
    }
    if (const YamlNode* const disclosure = reader.node("disclosure"); disclosure != nullptr) {
        read_disclosure(*disclosure);
    }
    if (const YamlNode* const guard = reader.node("guard"); guard != nullptr) {
        read_guard(*guard);
    }
    reader.finish();
    if (diagnostics_.error_count() != errors_before) {
        return nullptr;
    }
    policy_->hash_ = policy_hash(document, read_);
    share_hash();
    if (policy_->opt_out_) {
        prepare_retraction();
    }
    return policy_;
}

void PolicyCompiler::read_head(MappingReader& reader) {
    if (const YamlNode* const version = reader.required_node("policy");
        version != nullptr && (!version->is_scalar() || version->quoted || version->scalar != "1")) {
        reader.error_at("policy",
                        "'policy' is the version of the policy's form, of which there is 1 so far: write policy: 1");
    }
    policy_->stream_ = reader.required_text("stream");
    if (!policy_->stream_.empty() && !is_stream_name(policy_->stream_)) {
        reader.error_at("stream",
                        "'stream' must begin with a small letter and have at most 63 small letters, digits and "
                        "underscores");
    }
    const auto unlisted = reader.choice("unlisted", {"drop", "reject"}, "drop");
    policy_->unlisted_ = unlisted == "reject" ? Unlisted::reject : Unlisted::drop;
    const YamlNode* const place = reader.node("unlisted");
    policy_->unlisted_location_ = place != nullptr ? place->location : reader.location();
}

void PolicyCompiler::read_fields(const YamlNode& fields, const ActionContext& context) {
    if (!fields.is_mapping() || fields.entries.empty()) {
        diagnostics_.error(fields.location,
                           "'fields' must be a mapping from each field that may leave to what happens to it, as in "
                           "sex: keep; a policy without fields lets nothing leave");
        return;
    }
    const std::size_t errors_before = diagnostics_.error_count();
    for (auto entry = fields.entries.begin(); entry != fields.entries.end(); ++entry) {
        const YamlNode& name = entry->first;
        if (std::any_of(fields.entries.begin(), entry,
                        [&](const auto& other) { return other.first.scalar == name.scalar; })) {
            diagnostics_.error(name.location, "the field " + quoted_text(name.scalar) +
                                                  " is named twice; several rules for one field are a list");
            continue;
        }
        read_field(name, entry->second, context);
    }
    const bool nothing = std::all_of(policy_->rules_.begin(), policy_->rules_.end(),
                                     [](const CompiledRule& rule) { return rule.outputs.empty(); });
    if (nothing && diagnostics_.error_count() == errors_before) {
        diagnostics_.error(fields.location, "every field is dropped, so that nothing would leave; name what may leave");
    }
    refuse_company_of_encodings();
    if (const std::size_t bytes = description_bytes(*policy_); bytes > maximum_description_bytes) {
        diagnostics_.error(fields.location, "the fields need " + std::to_string(bytes) +
                                                " bytes in each chunk's manifest, which has room for " +
                                                std::to_string(maximum_description_bytes) +
                                                "; split the stream, or name fewer fields");
    }
}

/// Who holds an encoding beside clinical fields can try names on it until the row is somebody's.
void PolicyCompiler::refuse_company_of_encodings() {
    const auto is_encoding = [](const CompiledRule& rule) {
        return rule.action != nullptr && rule.action->name() == "clk";
    };
    if (std::none_of(policy_->rules_.begin(), policy_->rules_.end(), is_encoding)) {
        return;
    }
    for (const CompiledRule& rule : policy_->rules_) {
        if (!rule.outputs.empty() && !is_encoding(rule)) {
            diagnostics_.error(rule.location, "the field " + quoted_text(rule.field) +
                                                  " would leave beside a linkage encoding; encodings (clk) leave in a "
                                                  "stream of their own: move them under 'linkage'");
        }
    }
}

void PolicyCompiler::read_field(const YamlNode& name, const YamlNode& rules, const ActionContext& context) {
    if (name.scalar.empty()) {
        diagnostics_.error(name.location, "a field needs a name");
        return;
    }
    if (!rules.is_sequence()) {
        read_rule(name, rules, context, true);
        return;
    }
    if (rules.items.empty()) {
        diagnostics_.error(rules.location,
                           "the field " + quoted_text(name.scalar) + " has no rule; to leave it out, write drop");
    }
    for (const YamlNode& rule : rules.items) {
        read_rule(name, rule, context, rules.items.size() == 1);
    }
}

void PolicyCompiler::read_rule(const YamlNode& name, const YamlNode& rule, const ActionContext& context, bool alone) {
    const std::string what = "field " + quoted_text(name.scalar);
    if (rule.is_null() || rule.is_sequence()) {
        diagnostics_.error(
            rule.is_null() ? name.location : rule.location,
            what + ": a rule is an action (" + all_actions() + "), or a mapping with 'action' and its options");
        return;
    }
    const YamlNode mapping = rule.is_mapping() ? rule : without_options(rule);
    MappingReader options(mapping, what, diagnostics_);
    const std::string action = options.required_text("action");
    if (action.empty()) {
        return;
    }
    const auto names = action_names();
    if (std::find(names.begin(), names.end(), action) == names.end()) {
        const auto near = nearest(action, names);
        options.error_at("action", "unknown action " + quoted_text(action) +
                                       (near ? "; did you mean " + quoted_text(*near) + "?" : ".") + " There are " +
                                       all_actions());
        return;
    }
    if (action != "drop") {
        read_action(name, options, rule.location, find_action(action), context);
    } else if (alone) {
        policy_->rules_.push_back({name.scalar, {}, nullptr, name.location});
    } else {
        options.error_at("action", "drop stands alone; a field that has other rules does leave");
    }
    options.finish();
}

void PolicyCompiler::read_action(const YamlNode& name, MappingReader& options, const Location& place,
                                 CompileAction compile_action, const ActionContext& context) {
    const auto as = options.optional_text("as");
    const YamlNode* const as_node = options.node("as");
    auto compiled = compile_action(options, context);
    std::vector<Field> outputs;
    const auto add_output = [&](const std::string& output) {
        names_.add(output, as_node != nullptr ? as_node->location : place, diagnostics_);
        outputs.push_back({output, ColumnType::utf8});
    };
    add_output(as.value_or(name.scalar));
    for (std::size_t i = 1; i < compiled.pseudonyms.size(); ++i) {
        add_output(outputs.front().name + "_" + column_word(compiled.pseudonyms[i].key_id));
    }
    for (std::size_t i = 0; i < compiled.pseudonyms.size(); ++i) {
        auto& origin = compiled.pseudonyms[i];
        policy_->pseudonyms_.push_back({outputs[i].name, std::move(origin.type), std::move(origin.key_id), origin.epoch,
                                        std::move(origin.domain), std::move(origin.algorithm)});
    }
    policy_->rules_.push_back({name.scalar, std::move(outputs), std::move(compiled.action), name.location});
}

}  // namespace tributary
