#include <Poco/Util/Option.h>

#include <iostream>

#include "agent/keys/certificate.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/file.h"
#include "service/agent/commands.h"
#include "service/agent/examples.h"

namespace tributary {

namespace {

/// The example says so where its site's code stands.
constexpr std::string_view example_site = "site: RVW";

std::string configuration_for(const std::string& site) {
    std::string text(example_configuration());
    const auto at = text.find(example_site);
    if (at == std::string::npos) {
        throw Error(ErrorCode::internal, "the example configuration names no site");
    }
    text.replace(at, example_site.size(), "site: \"" + site + "\"");
    return text;
}

int init(const CommandLine& line) {
    auto& files = system_files();
    const std::filesystem::path folder = line.arguments.front();
    const auto site = line.value("site", "RVW");
    if (!is_site(site)) {
        throw UsageError("--site takes the organisation's ODS code: 2 to 12 capital letters and digits, such as RVW");
    }
    const auto configuration = folder / "tributary.yaml";
    const auto key_file = folder / "certificates" / "site.key";
    for (const auto& file : {configuration, key_file}) {
        if (files.exists(file)) {
            throw Error(
                ErrorCode::in_use,
                "'" + file.string() +
                    "' is there already; 'tributary init' starts in a folder of its own and overwrites nothing");
        }
    }
    for (const auto* name : {"certificates", "keys", "policies", "incoming", "data"}) {
        files.create_folders(folder / name);
    }
    const auto key = PrivateKey::create();
    write_file_durably(files, key_file, key.to_pem(), Privacy::owner_only);
    write_file_durably(files, folder / "certificates" / "site.csr", key.certificate_request(site, "Tributary site"));
    write_file_durably(files, folder / "policies" / "admissions.yaml", example_policy());
    write_file_durably(files, folder / "tributary.schema.json", configuration_schema());
    write_file_durably(files, folder / "policy.schema.json", policy_schema());
    write_file_durably(files, configuration, configuration_for(site));
    std::cout << "Made in " << folder.string() << ":\n"
              << "  tributary.yaml            the configuration, commented: change it to your sources\n"
              << "  policies/admissions.yaml  an example policy, commented: what may leave, and what happens to it on "
                 "the way\n"
              << "  certificates/site.key     the site's private key; it never leaves this computer\n"
              << "  certificates/site.csr     the certificate request for it\n"
              << "  *.schema.json             with which editors check the YAML while you write\n\n";
    if (!line.has("site")) {
        std::cout << "No --site was given: all of this is made out to " << site
                  << ", an example. For your organisation, begin again: tributary init DIR --site CODE\n\n";
    }
    std::cout
        << "Next:\n"
        << "  1. Send certificates/site.csr to the repository's operator; put the answer into "
           "certificates/site.pem, and beside it authority.pem,\n"
        << "     repository-encryption.pem and repository-signing.pem.\n"
        << "  2. Send certificates/site.pem to the key custodian, who seals the region's linkage key to it; then\n"
        << "     tributary key import FILE --config " << configuration.string() << "\n"
        << "  3. In tributary.yaml, set the repository's url, your sources and their folders; in policies/, what may "
           "leave.\n"
        << "  4. tributary check --config " << configuration.string() << "\n"
        << "  5. tributary preview STREAM --config " << configuration.string()
        << "   (on a terminal: the first rows before and after)\n"
        << "  6. tributary run --config " << configuration.string() << "\n";
    return exit_ok;
}

}  // namespace

Command init_command() {
    Command command;
    command.name = "init";
    command.arguments = "DIR";
    command.summary = "Make a folder with a commented configuration, a policy, a key and a certificate request.";
    command.description = "Overwrites nothing.\nExample: tributary init /etc/tributary --site RVW";
    command.options.addOption(
        Poco::Util::Option("site", "", "The organisation's ODS code (default RVW, an example).", false, "CODE", true));
    command.fewest = 1;
    command.most = 1;
    command.run = init;
    return command;
}

}  // namespace tributary
