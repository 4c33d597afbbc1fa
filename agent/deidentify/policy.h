#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/config/yaml_node.h"
#include "agent/deidentify/action.h"
#include "agent/deidentify/key_uses.h"
#include "agent/deidentify/opt_out_list.h"
#include "agent/keys/linkage_key.h"
#include "agent/platform/file.h"
#include "agent/record/schema.h"

namespace tributary {

class Retraction;

/// What a policy's fields, columns, pseudonyms and reasons may take in a manifest, which describes all of them and is
/// limited itself (maximum_manifest_bytes).
inline constexpr std::size_t maximum_description_bytes = 180'000;

enum class Unlisted {
    drop,   ///< a field that no rule names does not leave
    reject  ///< a field that no rule names stops the stream: the source's schema has drifted
};

/// How a pseudonym column came about; written into every manifest.
struct PseudonymColumn {
    std::string column;
    std::string type;  ///< nhs_number, identifier, uprn, text; encrypted for what the site can open again
    std::string key_id;
    std::uint32_t epoch = 0;
    std::string domain;
    std::string algorithm;  ///< "tributary-pseudonym-v1", "tributary-encrypt-v1"
};

/// What a policy declares of disclosure risk: for the figures of `tributary report`, and what becomes of small classes.
struct DisclosureSettings {
    std::vector<std::string> quasi_identifiers;  ///< columns that leave and could be matched with other data
    std::uint32_t k = 10;                        ///< people in a class smaller than this stand out
    /// Whether their quasi-identifiers become null, in each batch by itself: a stream never knows all of its rows.
    bool suppress = false;
};

class CompiledPolicy;

/// Another stream of the site with the same rows.
struct LinkedStream {
    std::string stream;
    std::string row_key;  ///< the column that joins the two

    bool operator==(const LinkedStream&) const = default;
};

/// Linkage encodings of the same rows, which leave in a stream of their own. Nothing but a random key a row, which is
/// made for it and kept nowhere, links the two (the split-file way of SAIL, Lyons 2009).
struct LinkageSettings {
    std::string stream;
    std::string row_key;                          ///< the column of that key in both
    std::shared_ptr<const CompiledPolicy> rules;  ///< of encodings alone
    Location location;                            ///< of the stream's name
};

/// One rule: what becomes of one field of the source.
struct CompiledRule {
    std::string field;                     ///< in the source
    std::vector<Field> outputs;            ///< none for drop; their types are known once a source is bound
    std::shared_ptr<const Action> action;  ///< nullptr for drop
    Location location;                     ///< of the field's name in the policy
};

/// A policy that was read, checked and resolved against the linkage keys. Immutable; may be shared between threads.
class CompiledPolicy {
  public:
    const std::string& stream() const noexcept { return stream_; }
    Unlisted unlisted() const noexcept { return unlisted_; }
    /// Where the policy says so; the policy's beginning if it says nothing.
    const Location& unlisted_location() const noexcept { return unlisted_location_; }
    /// In the order of the file; those of one field stand together.
    const std::vector<CompiledRule>& rules() const noexcept { return rules_; }
    const std::vector<PseudonymColumn>& pseudonyms() const noexcept { return pseudonyms_; }
    /// Nothing if the policy asks for no opt-outs.
    const std::optional<OptOutSettings>& opt_out() const noexcept { return opt_out_; }
    const Location& opt_out_location() const noexcept { return opt_out_location_; }
    /// How people who opt out later are taken back; nullptr without opt-outs, or if no pseudonym of them leaves.
    const std::shared_ptr<const Retraction>& retraction() const noexcept { return retraction_; }
    /// Nothing if the policy declares no quasi-identifiers.
    const std::optional<DisclosureSettings>& disclosure() const noexcept { return disclosure_; }
    /// Nothing if the policy makes no linkage encodings beside its records.
    const std::optional<LinkageSettings>& linkage() const noexcept { return linkage_; }
    /// The stream of the same rows' encodings, or, under the encodings' policy, that of the records.
    const std::optional<LinkedStream>& linked() const noexcept { return linked_; }
    const KeyUses& key_uses() const noexcept { return key_uses_; }
    const std::set<std::string>& guard_allowed() const noexcept { return guard_allowed_; }
    /// Whether the egress guard passes over an output column.
    bool guard_allows(const std::string& column) const { return guard_allowed_.contains(column); }
    /// SHA-256, hexadecimal, over the policy's canonical form and the tables that it names (comments and layout do not
    /// count; key ids do, keys do not).
    const std::string& hash() const noexcept { return hash_; }
    const std::string& file() const noexcept { return file_; }

  private:
    friend class PolicyCompiler;
    CompiledPolicy() = default;
    std::string stream_;
    Unlisted unlisted_ = Unlisted::drop;
    Location unlisted_location_;
    std::vector<CompiledRule> rules_;
    std::vector<PseudonymColumn> pseudonyms_;
    std::set<std::string> guard_allowed_;
    std::optional<OptOutSettings> opt_out_;
    Location opt_out_location_;
    std::shared_ptr<const Retraction> retraction_;
    std::optional<DisclosureSettings> disclosure_;
    std::optional<LinkageSettings> linkage_;
    std::optional<LinkedStream> linked_;
    KeyUses key_uses_;
    std::string hash_;
    std::string file_;
};

/// Compiles a policy file's document. Unknown action, unknown option (with the nearest known one), missing key, two
/// outputs of one name, a field named twice, more fields than a manifest can describe: each an error with its place;
/// then the result is nullptr.
/// Files that the policy names are read through `files`, from the folder of the policy's own file on.
std::shared_ptr<const CompiledPolicy> compile_policy(const YamlNode& document, const LinkageKeys& keys,
                                                     FileSystem& files, Diagnostics& diagnostics);

}  // namespace tributary
