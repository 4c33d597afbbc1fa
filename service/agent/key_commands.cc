#include <Poco/Util/Option.h>

#include <charconv>
#include <iostream>

#include "agent/keys/linkage_key.h"
#include "agent/platform/clock.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/report.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

/// The key folder of the configuration; throws ConfigurationError.
std::filesystem::path key_folder(const CommandLine& line) {
    Diagnostics diagnostics;
    const auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    return configuration.key_folder;
}

std::uint32_t epoch_of(const CommandLine& line) {
    const auto text = line.value("epoch", "1");
    std::uint32_t epoch = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), epoch);
    if (fault != std::errc{} || end != text.data() + text.size() || epoch == 0) {
        throw UsageError("--epoch takes a whole number from 1 on; it rises with each rotation");
    }
    return epoch;
}

/// Stores a key under its id; never over another one.
std::filesystem::path store(const LinkageKey& key, const std::filesystem::path& folder) {
    auto& files = system_files();
    auto file = folder / (key.id() + ".key");
    if (files.exists(file)) {
        throw Error(ErrorCode::in_use,
                    "there is a key file '" + file.string() +
                        "' already; a linkage key is never overwritten, since its pseudonyms could not be made again");
    }
    files.create_folders(folder);
    write_file_durably(files, file, write_linkage_key(key, system_clock().now()), Privacy::owner_only);
    return file;
}

int create(const CommandLine& line) {
    const auto folder = line.has("output") ? std::filesystem::path(line.value("output", {})) : key_folder(line);
    const auto key = LinkageKey::create(line.arguments.front(), epoch_of(line));
    const auto file = store(key, folder);
    audit_key(line, AuditEvent::key_created, key);
    std::cout << "Made linkage key '" << key.id() << "', epoch " << key.epoch() << ", fingerprint " << key.fingerprint()
              << " in " << file.string()
              << ".\nWhoever has this file can test any guess against the pseudonyms. Keep it with the key custodian "
                 "and the sites, never with the repository.\n";
    return exit_ok;
}

int import(const CommandLine& line) {
    const auto key = read_linkage_key(system_files(), line.arguments.front());
    const auto file = store(key, key_folder(line));
    audit_key(line, AuditEvent::key_imported, key);
    std::cout << "Imported linkage key '" << key.id() << "', epoch " << key.epoch() << ", fingerprint "
              << key.fingerprint() << " to " << file.string()
              << ".\nCompare the fingerprint with the custodian's, then delete " << line.arguments.front() << ".\n";
    return exit_ok;
}

int show(const CommandLine& line) {
    const auto folder = key_folder(line);
    const auto keys = LinkageKeys::load(system_files(), folder);
    Table table({{"key", Table::Align::left}, {"epoch", Table::Align::right}, {"fingerprint", Table::Align::left}});
    for (const auto& id : keys.ids()) {
        const auto* key = keys.find(id);
        table.add({id, std::to_string(key->epoch()), key->fingerprint()});
    }
    if (table.empty()) {
        std::cout << "There is no linkage key in " << folder.string()
                  << "; 'tributary key import FILE' brings the custodian's.\n";
    } else {
        table.print(std::cout);
    }
    return exit_ok;
}

}  // namespace

std::vector<Command> key_commands() {
    Command create_command;
    create_command.name = "key create";
    create_command.arguments = "ID";
    create_command.summary = "Make a new linkage key (the key custodian does this, once a region).";
    create_command.description =
        "Makes 32 random bytes with an id and an epoch and stores them, readable by the owner only, as ID.key. All "
        "sites of a region need the same key for one person to "
        "have one pseudonym.\nExample: tributary key create region-2026 --epoch 1 --output .";
    create_command.options = configuration_options();
    create_command.options.addOption(
        Poco::Util::Option("epoch", "e", "Number of the rotation, from 1 on (default 1).", false, "N", true));
    create_command.options.addOption(Poco::Util::Option(
        "output", "o", "Folder for the key file (default: the configuration's key folder).", false, "DIR", true));
    create_command.fewest = 1;
    create_command.most = 1;
    create_command.run = create;

    Command show_command;
    show_command.name = "key show";
    show_command.summary = "Show ids, epochs and fingerprints of the linkage keys, never the keys.";
    show_command.description = "Fingerprints tell keys apart and tell nothing of the key.\nExample: tributary key show";
    show_command.options = configuration_options();
    show_command.run = show;

    Command import_command;
    import_command.name = "key import";
    import_command.arguments = "FILE";
    import_command.summary = "Take over a linkage key from the key custodian.";
    import_command.description =
        "Checks the key file (form, length, that it is random bytes and not a passphrase) and stores it in the "
        "configuration's key folder, readable by the owner only.\n"
        "Example: tributary key import /media/custodian/region-2026.key";
    import_command.options = configuration_options();
    import_command.fewest = 1;
    import_command.most = 1;
    import_command.run = import;
    return {create_command, show_command, import_command};
}

}  // namespace tributary
