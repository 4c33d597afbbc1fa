#include <Poco/Util/Option.h>

#include <charconv>
#include <iostream>
#include <set>

#include "agent/keys/certificate.h"
#include "agent/keys/key_file.h"
#include "agent/keys/key_store.h"
#include "agent/keys/sealed_key.h"
#include "agent/platform/clock.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/installation.h"

namespace tributary {

namespace {

constexpr std::size_t most_sites = 500;

/// A site that a key is sealed to.
struct Recipient {
    std::string site;
    Certificate certificate;
    std::filesystem::path file;  ///< where its sealed key goes
};

std::uint32_t epoch_of(const CommandLine& line) {
    const auto text = line.value("epoch", "1");
    std::uint32_t epoch = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), epoch);
    if (fault != std::errc{} || end != text.data() + text.size() || epoch == 0) {
        throw UsageError("--epoch takes a whole number from 1 on; it rises with each rotation");
    }
    return epoch;
}

std::vector<std::string> values(const CommandLine& line, const std::string& option) {
    const auto found = line.options.find(option);
    return found == line.options.end() ? std::vector<std::string>{} : found->second;
}

/// --for may be given once for each site, or once with several files after it, as shells expand site*.pem.
std::vector<std::string> certificate_files(const CommandLine& line) {
    auto files = values(line, "for");
    if (files.empty() && line.arguments.size() > 1) {
        throw UsageError("unexpected argument '" + line.arguments[1] + "'");
    }
    files.insert(files.end(), line.arguments.begin() + 1, line.arguments.end());
    return files;
}

Recipient recipient_in(const std::string& name, const std::string& id, const std::filesystem::path& folder) {
    auto& files = system_files();
    auto certificate = Certificate::load(files, name);
    auto site = site_to_seal_to(certificate, name, system_clock().now());
    auto file = folder / (id + "." + site + ".sealed");
    if (files.exists(file)) {
        throw Error(ErrorCode::in_use, "there is a sealed key '" + file.string() +
                                           "' already; if it is of no use any more, remove it first");
    }
    return {std::move(site), std::move(certificate), std::move(file)};
}

/// All are checked before anything is written.
std::vector<Recipient> recipients(const CommandLine& line, const std::string& id, const std::filesystem::path& folder) {
    std::vector<Recipient> found;
    std::set<std::string> sites;
    for (const auto& name : certificate_files(line)) {
        found.push_back(recipient_in(name, id, folder));
        const auto& site = found.back().site;
        if (!sites.insert(site).second) {
            throw Error(ErrorCode::key, std::string(name)
                                            .append(": there are two certificates of site ")
                                            .append(site)
                                            .append("; name the present one alone"));
        }
    }
    return found;
}

void seal_to(const std::vector<Recipient>& sites, const LinkageKey& key) {
    for (const auto& [site, certificate, file] : sites) {
        write_file_durably(system_files(), file, seal_linkage_key(key, certificate));
        std::cout << "Sealed it for site " << site << " (certificate SHA-256 " << certificate.fingerprint() << ") in "
                  << file.string() << ".\n";
    }
    if (!sites.empty()) {
        std::cout << "Send each site its own file, and tell it the fingerprint by another way: a sealed file proves "
                     "who can open it, not who made it. Make sure likewise that each certificate is the site's.\n";
    }
}

LinkageKeyDescription description_of(const CommandLine& line) {
    const auto& id = line.arguments.front();
    if (id.ends_with(".pem")) {
        throw UsageError("the key's ID comes first, before the certificates");
    }
    return {id, epoch_of(line), line.value("region", {}), values(line, "domain"), system_clock().now()};
}

/// The site's for which the key is made; with --output it goes elsewhere (a key custodian's computer), of which no
/// site's log tells.
std::optional<Configuration> own_site(const CommandLine& line) {
    if (line.has("output")) {
        return std::nullopt;
    }
    Diagnostics diagnostics;
    auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    return configuration;
}

int create(const CommandLine& line) {
    const auto key = LinkageKey::create(description_of(line));
    const auto site = own_site(line);
    const auto store =
        folder_key_store(system_files(), site ? site->key_folder : std::filesystem::path(line.value("output", {})));
    const auto sites = recipients(line, key.id(), store->place());
    if (!sites.empty() && key.region().empty()) {
        throw UsageError("with --for, name the --region whose sites share the key");
    }
    if (sites.empty() && line.has("sealed-only")) {
        throw UsageError("--sealed-only without --for would make a key that nobody has");
    }
    may_join(key, store->load(), EpochOrder::rising);
    std::cout << "Made linkage key '" << key.id() << "', epoch " << key.epoch() << ", fingerprint "
              << key.fingerprint();
    if (line.has("sealed-only")) {
        system_files().create_folders(store->place());
        std::cout << ".\nOnly the sites have it; it cannot be sealed to another one later.\n";
    } else {
        std::cout << " in " << store->add(key)
                  << ".\nWhoever has this file can test any guess against the pseudonyms. It stays with the key "
                     "custodian, off the network; never give it to the repository.\n";
        if (site) {
            audit_key(*site, AuditEvent::key_created, key);
        }
    }
    seal_to(sites, key);
    return exit_ok;
}

int seal_for(const CommandLine& line) {
    const std::filesystem::path file = line.arguments.front();
    const auto key = read_linkage_key(system_files(), file);
    if (key.region().empty()) {
        throw Error(ErrorCode::key, file.string() +
                                        ": the linkage key names no region, so a site could not tell its epochs apart; "
                                        "give it to the site as it is, or begin a new key with --region");
    }
    const auto folder = line.has("output") ? std::filesystem::path(line.value("output", {})) : file.parent_path();
    const auto sites = recipients(line, key.id(), folder);
    if (sites.empty()) {
        throw UsageError("name the site's certificate: --for site.pem");
    }
    if (!folder.empty()) {
        system_files().create_folders(folder);
    }
    std::cout << "Linkage key '" << key.id() << "', epoch " << key.epoch() << ", fingerprint " << key.fingerprint()
              << ".\n";
    seal_to(sites, key);
    return exit_ok;
}

Poco::Util::Option for_option() {
    return Poco::Util::Option("for", "",
                              "A site's certificate (PEM), to which the key is sealed; once for each site, or several "
                              "files after one --for.",
                              false, "FILE", true)
        .repeatable(true);
}

Command create_command() {
    Command command;
    command.name = "key create";
    command.arguments = "ID";
    command.summary = "Make a new linkage key (the key custodian does this, once a region).";
    command.description =
        "Makes 32 random bytes with an id and an epoch and stores them, readable by the owner only, as ID.key, and "
        "sealed for each site as ID.SITE.sealed, which nobody but that site can open. All sites of a region need the "
        "same key for one person to have one pseudonym.\n"
        "A rotation is a new key with a new id and a higher epoch in the same region.\n"
        "Example: tributary key create region-2026 --region north --domain planning --for RVW.pem --for RXX.pem "
        "--output .";
    command.options = configuration_options();
    command.options.addOption(
        Poco::Util::Option("epoch", "e", "Number of the rotation, from 1 on (default 1).", false, "N", true));
    command.options.addOption(
        Poco::Util::Option("region", "r", "The region whose sites share the key.", false, "NAME", true));
    command.options.addOption(Poco::Util::Option("domain", "d",
                                                 "A domain that the key may be used for (default: any); repeatable.",
                                                 false, "NAME", true)
                                  .repeatable(true));
    command.options.addOption(for_option());
    command.options.addOption(Poco::Util::Option(
        "sealed-only", "", "With --for: no ID.key for the custodian. The key cannot be sealed to more sites later."));
    command.options.addOption(Poco::Util::Option(
        "output", "o", "Folder for the files (default: the configuration's key folder).", false, "DIR", true));
    command.fewest = 1;
    command.most = 1 + most_sites;
    command.run = create;
    return command;
}

Command seal_command() {
    Command command;
    command.name = "key seal";
    command.arguments = "FILE";
    command.summary = "Seal the custodian's linkage key to a further site.";
    command.description =
        "For a site that joins later, or whose certificate was renewed before it imported its key. FILE is the "
        "custodian's ID.key; ID.SITE.sealed is written beside it.\n"
        "Example: tributary key seal region-2026.key --for RYY.pem";
    command.options.addOption(for_option());
    command.options.addOption(
        Poco::Util::Option("output", "o", "Folder for the sealed files (default: that of FILE).", false, "DIR", true));
    command.fewest = 1;
    command.most = 1 + most_sites;
    command.run = seal_for;
    return command;
}

}  // namespace

std::vector<Command> custodian_commands() {
    return {create_command(), seal_command()};
}

}  // namespace tributary
