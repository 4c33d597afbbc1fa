#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/yaml_node.h"
#include "agent/deidentify/action.h"
#include "agent/deidentify/date_reader.h"
#include "agent/deidentify/key_uses.h"
#include "agent/keys/linkage_key.h"
#include "agent/platform/file.h"

namespace tributary {

/// What an action's options may refer to.
struct ActionContext {
    const LinkageKeys& keys;
    FileSystem& files;
    const std::filesystem::path& folder;       ///< of the policy's file: where relative paths begin
    std::map<std::string, std::string>& read;  ///< SHA-256 of each file that the policy depends on, by its name there
    std::shared_ptr<const DateReader> dates;   ///< never nullptr
    Diagnostics& diagnostics;
    KeyUses& key_uses;  ///< is told
};

/// How a pseudonym comes about, without its column's name; see PseudonymColumn.
struct PseudonymOrigin {
    std::string type;
    std::string key_id;
    std::uint32_t epoch = 0;
    std::string domain;
    std::string algorithm;
};

/// `action` is nullptr if the options are wrong, which was then reported.
struct CompiledAction {
    std::shared_ptr<const Action> action;
    /// One an output, for actions that make pseudonyms. The first output has the rule's name; a further one has its
    /// key's id behind it.
    std::vector<PseudonymOrigin> pseudonyms = {};
};

/// Reads the options of one action. The caller reports those that were not asked for.
using CompileAction = CompiledAction (*)(MappingReader& options, const ActionContext& context);

/// The compiler of an action by its name in policies; nullptr if there is none. "drop" is not among them: it has no
/// output.
CompileAction find_action(std::string_view name) noexcept;

/// All names, "drop" too, in alphabetical order.
std::vector<std::string> action_names();

/// One of the names, which must be given; nothing if it is not, which was then reported.
std::optional<std::string> required_choice(MappingReader& options, std::string_view key,
                                           const std::vector<std::string>& choices);

}  // namespace tributary
