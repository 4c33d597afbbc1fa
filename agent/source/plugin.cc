#include "agent/source/plugin.h"

#include <algorithm>
#include <cstddef>

#include "agent/platform/access.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

constexpr std::string_view file_prefix = "tributary_plugin_";
constexpr std::size_t longest_name = 32;

bool is_plugin_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::string text_of(const TributaryText& text) {
    return text.data == nullptr ? std::string() : std::string(text.data, text.size);
}

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text.empty() ? "none" : text;
}

void check_table(const TributaryPlugin* table, const std::string& name) {
    if (table == nullptr) {
        throw Error(ErrorCode::plugin, "plugin '" + name + "' hands out no table of functions");
    }
    if (table->abi != TRIBUTARY_PLUGIN_ABI) {
        throw Error(ErrorCode::plugin, "plugin '" + name + "' was made for plugin interface " +
                                           std::to_string(table->abi) + ", this agent has " +
                                           std::to_string(TRIBUTARY_PLUGIN_ABI) +
                                           "; install the plugin that came with this agent");
    }
    constexpr std::size_t needed = offsetof(TributaryPlugin, close) + sizeof(TributaryPlugin::close);
    if (table->size < needed) {
        throw Error(ErrorCode::plugin, "plugin '" + name + "' has a table of " + std::to_string(table->size) +
                                           " bytes, " + std::to_string(needed) +
                                           " are needed; install the plugin that came with this agent");
    }
    if (table->describe == nullptr || table->open == nullptr || table->schema == nullptr || table->start == nullptr ||
        table->read == nullptr || table->commit == nullptr || table->close == nullptr) {
        throw Error(ErrorCode::plugin, "plugin '" + name + "' lacks a function that every plugin must have");
    }
}

/// The file itself in the folder itself: a link could lead anywhere.
std::filesystem::path file_in(const std::filesystem::path& folder, const std::string& name) {
    auto file = folder / (std::string(file_prefix) + name + SharedLibrary::extension());
    std::error_code fault;
    const auto status = std::filesystem::symlink_status(file, fault);
    if (fault || status.type() == std::filesystem::file_type::not_found) {
        throw Error(ErrorCode::not_found, "there is no plugin '" + name + "' in " + folder.string() +
                                              " (found: " + list(Plugin::available(folder)) + ")");
    }
    if (status.type() != std::filesystem::file_type::regular) {
        throw Error(ErrorCode::permission,
                    "plugin file '" + file.string() + "' is not a plain file; links are not followed");
    }
    if (const auto why = why_not_trusted_code(file)) {
        throw Error(ErrorCode::permission, "plugin file '" + file.string() + "' is not loaded: " + *why);
    }
    return file;
}

}  // namespace

std::shared_ptr<const Plugin> Plugin::load(const std::filesystem::path& folder, const std::string& name) {
    if (!is_plugin_name(name)) {
        throw Error(ErrorCode::configuration,
                    "a plugin's name is small letters, digits and '_' (found: " + list(available(folder)) + ")");
    }
    const auto file = file_in(folder, name);
    auto library = std::make_unique<SharedLibrary>(std::filesystem::absolute(file));
    const auto entry = reinterpret_cast<TributaryPluginEntry>(library->symbol(TRIBUTARY_PLUGIN_ENTRY));
    if (entry == nullptr) {
        throw Error(ErrorCode::plugin,
                    "'" + file.string() + "' is not a Tributary plugin: it does not export " + TRIBUTARY_PLUGIN_ENTRY);
    }
    const auto checked = from_table(entry(), name);
    auto plugin = std::shared_ptr<Plugin>(new Plugin(*checked));
    plugin->library_ = std::move(library);
    return plugin;
}

std::shared_ptr<const Plugin> Plugin::from_table(const TributaryPlugin* table, const std::string& name) {
    check_table(table, name);
    TributaryDescription description{};
    description.size = sizeof(description);
    table->describe(&description);
    auto plugin = std::shared_ptr<Plugin>(new Plugin);
    plugin->table_ = table;
    plugin->name_ = text_of(description.name);
    plugin->version_ = text_of(description.version);
    plugin->options_schema_ = text_of(description.options);
    plugin->stream_options_schema_ = text_of(description.stream_options);
    if (plugin->name_ != name) {
        throw Error(ErrorCode::plugin, "plugin '" + name + "' calls itself '" + plugin->name_ +
                                           "'; the file was renamed or is another one");
    }
    if (plugin->version_.empty() || plugin->options_schema_.empty() || plugin->stream_options_schema_.empty()) {
        throw Error(ErrorCode::plugin,
                    "plugin '" + name + "' does not state its version and the schemas of its options");
    }
    return plugin;
}

std::vector<std::string> Plugin::available(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        const auto file = entry->path().filename().string();
        const std::string ending = SharedLibrary::extension();
        if (file.starts_with(file_prefix) && file.ends_with(ending) &&
            file.size() > file_prefix.size() + ending.size()) {
            names.push_back(file.substr(file_prefix.size(), file.size() - file_prefix.size() - ending.size()));
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace tributary
