#include "service/agent/command_line.h"

#include <Poco/Environment.h>
#include <Poco/Exception.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionProcessor.h>

#include <algorithm>
#include <array>

namespace tributary {

namespace {

/// Settings that may stand in the environment.
constexpr std::array<const char*, 7> environment_settings = {
    "log.level", "log.to", "log.format", "log.file", "folders.data", "folders.plugins", "folders.keys"};

std::string environment_name(const std::string& setting) {
    std::string name = "TRIBUTARY_" + setting;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    });
    return name;
}

}  // namespace

std::string CommandLine::value(const std::string& option, const std::string& otherwise) const {
    const auto found = options.find(option);
    return found == options.end() ? otherwise : found->second.back();
}

Poco::Util::OptionSet configuration_options() {
    Poco::Util::OptionSet options;
    options.addOption(Poco::Util::Option(
        "config", "c", "The configuration file (default: $TRIBUTARY_CONFIG, ./tributary.yaml).", false, "FILE", true));
    options.addOption(Poco::Util::Option("set", "s", "A setting that stands above the file's, such as log.level=debug.",
                                         false, "NAME=VALUE", true)
                          .repeatable(true));
    return options;
}

CommandLine parse_command_line(const Poco::Util::OptionSet& options, const std::vector<std::string>& words,
                               std::size_t fewest, std::size_t most) {
    CommandLine line;
    Poco::Util::OptionProcessor processor(options);
    try {
        bool only_arguments = false;
        for (const auto& word : words) {
            std::string name;
            std::string value;
            if (!only_arguments && word == "--") {
                only_arguments = true;
            } else if (!only_arguments && processor.process(word, name, value)) {
                if (!name.empty()) {
                    line.options[name].push_back(value);
                }
            } else {
                line.arguments.push_back(word);
            }
        }
        processor.checkRequired();
    } catch (const Poco::Exception& error) {
        throw UsageError(error.displayText());
    }
    if (line.arguments.size() < fewest) {
        throw UsageError("an argument is missing");
    }
    if (line.arguments.size() > most) {
        throw UsageError("unexpected argument '" + line.arguments[most] + "'");
    }
    return line;
}

std::filesystem::path configuration_file(const CommandLine& line) {
    const auto in_folder = [](const std::filesystem::path& named) {
        return std::filesystem::is_directory(named) ? named / "tributary.yaml" : named;
    };
    if (line.has("config")) {
        return in_folder(line.value("config", {}));
    }
    if (const auto named = Poco::Environment::get("TRIBUTARY_CONFIG", ""); !named.empty()) {
        return in_folder(named);
    }
    const std::filesystem::path here = "tributary.yaml";
    const std::filesystem::path system = "/etc/tributary/tributary.yaml";
    return !std::filesystem::exists(here) && std::filesystem::exists(system) ? system : here;
}

ConfigurationOverrides configuration_overrides(const CommandLine& line) {
    Poco::AutoPtr<Poco::Util::MapConfiguration> environment(new Poco::Util::MapConfiguration);
    Poco::AutoPtr<Poco::Util::MapConfiguration> command_line(new Poco::Util::MapConfiguration);
    std::vector<std::string> names(environment_settings.begin(), environment_settings.end());
    for (const auto& name : names) {
        if (const auto value = Poco::Environment::get(environment_name(name), ""); !value.empty()) {
            environment->setString(name, value);
        }
    }
    const auto found = line.options.find("set");
    for (const auto& setting : found == line.options.end() ? std::vector<std::string>{} : found->second) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw UsageError("--set takes NAME=VALUE, such as --set log.level=debug");
        }
        names.push_back(setting.substr(0, equals));
        command_line->setString(names.back(), setting.substr(equals + 1));
    }
    Poco::AutoPtr<Poco::Util::LayeredConfiguration> layers(new Poco::Util::LayeredConfiguration);
    layers->add(command_line, 0);
    layers->add(environment, 1);
    ConfigurationOverrides overrides;
    for (const auto& name : names) {
        if (layers->hasProperty(name)) {
            overrides[name] = layers->getRawString(name);
        }
    }
    return overrides;
}

void print_help(std::ostream& output, const Command& command) {
    Poco::Util::HelpFormatter formatter(command.options);
    formatter.setUnixStyle(true);
    formatter.setWidth(110);
    formatter.setCommand("tributary " + command.name);
    formatter.setUsage((command.arguments.empty() ? "" : command.arguments + " ") + std::string("[options]"));
    formatter.setHeader(command.description);
    formatter.format(output);
}

}  // namespace tributary
