#pragma once

#include <memory>
#include <string>

#include "agent/deidentify/action_table.h"
#include "agent/deidentify/output_names.h"
#include "agent/deidentify/policy.h"

namespace tributary {

/// A small letter, then at most 62 small letters, digits and underscores.
bool is_stream_name(std::string_view name) noexcept;

/// Compiles one policy; see compile_policy. Used once.
class PolicyCompiler {
  public:
    PolicyCompiler(const LinkageKeys& keys, FileSystem& files, Diagnostics& diagnostics)
        : keys_(keys), files_(files), diagnostics_(diagnostics), policy_(new CompiledPolicy) {}

    std::shared_ptr<const CompiledPolicy> compile(const YamlNode& document);

  private:
    void read_head(MappingReader& reader);
    void read_guard(const YamlNode& guard);
    void read_disclosure(const YamlNode& disclosure);
    /// Columns that leave, in a list of the key; those that do not exist are reported.
    std::vector<std::string> read_columns(MappingReader& reader, std::string_view key);
    void read_opt_out(const YamlNode& opt_out);
    void prepare_retraction();
    void read_linkage(const YamlNode& linkage, const ActionContext& context);
    void share_hash();
    void read_fields(const YamlNode& fields, const ActionContext& context);
    void refuse_company_of_encodings();
    void read_field(const YamlNode& name, const YamlNode& rules, const ActionContext& context);
    void read_rule(const YamlNode& name, const YamlNode& rule, const ActionContext& context, bool alone);
    void read_action(const YamlNode& name, MappingReader& options, const Location& place, CompileAction compile_action,
                     const ActionContext& context);

    const LinkageKeys& keys_;
    FileSystem& files_;
    Diagnostics& diagnostics_;
    std::shared_ptr<CompiledPolicy> policy_;
    std::shared_ptr<CompiledPolicy> linkage_rules_;
    OutputNames names_;
    std::map<std::string, std::string> read_;  // files that the policy names, by their SHA-256
};

}  // namespace tributary
