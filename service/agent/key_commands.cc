#include <Poco/Util/Option.h>

#include <iostream>

#include "agent/keys/certificate.h"
#include "agent/keys/key_file.h"
#include "agent/keys/key_store.h"
#include "agent/keys/sealed_key.h"
#include "agent/platform/access.h"
#include "agent/platform/clock.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/installation.h"
#include "service/agent/table.h"

namespace tributary {

namespace {

/// Throws ConfigurationError.
Configuration configuration_of(const CommandLine& line) {
    Diagnostics diagnostics;
    auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    return configuration;
}

struct Incoming {
    LinkageKey key;
    bool sealed = false;
};

Incoming in_the_clear(std::string_view content, const std::filesystem::path& file, const std::string& site) {
    if (const auto why = why_not_private(file)) {
        throw Error(ErrorCode::permission, file.string() + ": a linkage key must not be open to others: " + *why);
    }
    auto addressed = parse_addressed_key(content, file.string());
    if (!addressed.site.empty() && addressed.site != site) {
        throw Error(ErrorCode::key, file.string() + ": the linkage key file is made out to site " + addressed.site +
                                        ", and this is site " + site);
    }
    return {std::move(addressed.key), false};
}

/// The key of a sealed file, or of one in the clear.
Incoming read_incoming(const std::filesystem::path& file, const Configuration& configuration) {
    auto& files = system_files();
    const auto content = read_secret_file(files, file, sealed_key_limit);
    if (!is_sealed_key(content.text())) {
        return in_the_clear(content.text(), file, configuration.site);
    }
    const auto keys =
        SiteKeyring::load(files, configuration.repository.certificate, configuration.repository.private_key);
    return {open_linkage_key(content.text(), file.string(), configuration.site, keys), true};
}

void check_fingerprint(const LinkageKey& key, const CommandLine& line) {
    if (line.has("fingerprint") && line.value("fingerprint", {}) != key.fingerprint()) {
        throw Error(ErrorCode::key, line.arguments.front() + ": the key has the fingerprint " + key.fingerprint() +
                                        ", and --fingerprint says another; it is not the key that the custodian "
                                        "told you of, and nothing was stored");
    }
}

std::string named(const LinkageKey& key) {
    return "linkage key '" + key.id() + "', epoch " + std::to_string(key.epoch()) + ", fingerprint " +
           key.fingerprint();
}

void advise(const CommandLine& line, bool sealed) {
    const auto& file = line.arguments.front();
    if (!line.has("fingerprint")) {
        std::cout << "Compare the fingerprint with the custodian's, told to you by another way than the file.\n";
    }
    if (!sealed) {
        std::cerr << "tributary: warning: " << file
                  << " holds the key in the clear: delete it now, and ask the custodian for sealed ones (tributary key "
                     "create --for)\n";
    }
}

int import(const CommandLine& line) {
    const auto configuration = configuration_of(line);
    const auto [key, sealed] = read_incoming(line.arguments.front(), configuration);
    check_fingerprint(key, line);
    const auto store = open_key_store(configuration, system_files());
    const auto order = line.has("earlier-epoch") ? EpochOrder::any : EpochOrder::rising;
    if (!may_join(key, store->load(), order)) {
        std::cout << "Already imported: " << named(key) << ".\n";
        advise(line, sealed);
        return exit_ok;
    }
    const auto place = store->add(key);
    audit_key(configuration, AuditEvent::key_imported, key);
    std::cout << "Imported " << named(key) << " to " << place << ".\n";
    advise(line, sealed);
    return exit_ok;
}

std::string domains_of(const LinkageKey& key) {
    std::string domains;
    for (const auto& domain : key.domains()) {
        domains += (domains.empty() ? "" : ", ") + domain;
    }
    return domains.empty() ? "any" : domains;
}

int say_there_is_none(const KeyStore& store) {
    std::cout << "There is no linkage key in " << store.place()
              << "; 'tributary key import FILE' brings the custodian's.\n";
    return exit_ok;
}

int list(const CommandLine& line) {
    const auto store = open_key_store(configuration_of(line), system_files());
    const auto keys = store->load();
    if (keys.empty()) {
        return say_there_is_none(*store);
    }
    constexpr std::size_t widest = 200;  // paths are to be read whole
    Table table({{"key", Table::Align::left},
                 {"epoch", Table::Align::right},
                 {"region", Table::Align::left},
                 {"domains", Table::Align::left},
                 {"fingerprint", Table::Align::left},
                 {"created", Table::Align::left},
                 {"stored in", Table::Align::left}},
                widest);
    for (const auto& [key, place] : keys) {
        table.add({key.id(), std::to_string(key.epoch()), key.region().empty() ? "-" : key.region(), domains_of(key),
                   key.fingerprint(), to_rfc3339(key.created()), place});
    }
    table.print(std::cout);
    return exit_ok;
}

int show(const CommandLine& line) {
    const auto store = open_key_store(configuration_of(line), system_files());
    bool found = false;
    for (const auto& [key, place] : store->load()) {
        if (key.id() == line.arguments.front()) {
            found = true;
            std::cout << "key          " << key.id() << "\nepoch        " << key.epoch() << "\nregion       "
                      << (key.region().empty() ? "not said" : key.region()) << "\ndomains      " << domains_of(key)
                      << "\nfingerprint  " << key.fingerprint() << "\ncreated      " << to_rfc3339(key.created())
                      << "\nstored in    " << place << '\n';
        }
    }
    if (!found) {
        throw Error(ErrorCode::not_found,
                    "there is no linkage key with this id in " + store->place() + "; 'tributary key list' tells all");
    }
    return exit_ok;
}

Command import_command() {
    Command command;
    command.name = "key import";
    command.arguments = "FILE";
    command.summary = "Take over a linkage key from the key custodian.";
    command.description =
        "Opens a key that the custodian sealed to this site, with the certificate and private key of the "
        "configuration, checks it, and stores it in the configuration's key folder, readable by the owner only. A key "
        "file in the clear is taken too.\n"
        "Refused are: a file that is cut off, changed, or sealed to another site; an id that another key has; an epoch "
        "that a key of the same region has, or that is lower than theirs. A site that joins while two epochs are in "
        "use takes the later key first and the other with --earlier-epoch.\n"
        "Where systemd is to guard the key instead (with the TPM, if there is one): import it, then\n"
        "systemd-creds encrypt --name=ID.key ID.key /etc/credstore.encrypted/ID.key, delete ID.key from the key "
        "folder, and set LoadCredentialEncrypted=ID.key in the agent's unit.\n"
        "Example: tributary key import region-2026.RVW.sealed --fingerprint 3418a8bba093d934";
    command.options = configuration_options();
    command.options.addOption(Poco::Util::Option(
        "fingerprint", "", "Take the key only if its fingerprint is this one, told by the custodian.", false, "HEX",
        true));
    command.options.addOption(Poco::Util::Option(
        "earlier-epoch", "", "Take a key whose epoch is lower than that of another one of its region."));
    command.fewest = 1;
    command.most = 1;
    command.run = import;
    return command;
}

Command list_command() {
    Command command;
    command.name = "key list";
    command.summary = "List the linkage keys by id, epoch, region and fingerprint; never the keys.";
    command.description =
        "The keys in the configuration's key folder and, within the service, among systemd's credentials "
        "($CREDENTIALS_DIRECTORY). Fingerprints tell keys apart and tell nothing of the key.\n"
        "Example: tributary key list";
    command.options = configuration_options();
    command.run = list;
    return command;
}

Command show_command() {
    Command command;
    command.name = "key show";
    command.arguments = "ID";
    command.summary = "Show what is known of one linkage key, never the key.";
    command.description = "Example: tributary key show region-2026";
    command.options = configuration_options();
    command.fewest = 1;
    command.most = 1;
    command.run = show;
    return command;
}

}  // namespace

std::vector<Command> key_commands() {
    return {list_command(), show_command(), import_command()};
}

}  // namespace tributary
