#include <algorithm>
#include <iostream>
#include <optional>

#include "agent/courier/est_client.h"
#include "agent/keys/authority.h"
#include "agent/keys/enrolment_token.h"
#include "agent/keys/wiped.h"
#include "agent/platform/process.h"
#include "service/agent/certificate_question.h"
#include "service/agent/certificate_renewal.h"
#include "service/agent/commands.h"
#include "service/agent/credential_files.h"
#include "service/agent/installation.h"
#include "service/agent/repository_connections.h"

namespace tributary {

namespace {

constexpr std::uint64_t longest_token = 4096;

EnrolmentToken read_token(const std::string& file) {
    if (file != "-") {
        return EnrolmentToken::parse(read_file(system_files(), file, longest_token));
    }
    std::string text;
    std::getline(std::cin, text);
    return EnrolmentToken::parse(text);
}

/// One enrolment, from the token to the files.
class Enrolling {
  public:
    Enrolling(const Configuration& configuration, EnrolmentToken token)
        : configuration_(configuration), repository_(configuration.repository), token_(std::move(token)) {
        est_.url = repository_.enrolment;
        est_.timeouts = {repository_.connect_timeout, repository_.answer_timeout};
        if (const auto& proxy = repository_.proxy) {
            const auto password =
                proxy->password.empty()
                    ? std::optional<std::string>("")
                    : resolve_secret(system_files(), configuration.file.parent_path(), proxy->password);
            if (!password) {
                throw Error(ErrorCode::configuration, "repository.proxy: the password is not where 'password' says");
            }
            proxy_password_ = *password;
            est_.proxy = proxy_to(repository_.enrolment, repository_, proxy_password_);
        }
    }

    Certificate run() {
        believe();
        CredentialFiles files(system_files(), configuration_.site, repository_);
        files.complete();
        use_key_of_init();
        est_.identity.authority = repository_.authority;
        const auto key = files.next_key();
        auto certificate =
            EstClient(est_, system_clock())
                .enrol(configuration_.site, token_.secret, key.certificate_request(configuration_.site, ""));
        files.install(certificate, system_clock().now());
        return certificate;
    }

    /// Those of the repository that are missing here, from itself. It needs not be up: they can come by hand.
    void fetch_missing() const {
        auto& files = system_files();
        const bool seals = files.exists(repository_.encryption_certificate);
        const bool verifies = files.exists(repository_.signing_certificate);
        if (repository_.url.empty() || (seals && verifies)) {
            return;
        }
        try {
            const auto known =
                verifies ? std::optional(Certificate::load(files, repository_.signing_certificate)) : std::nullopt;
            const auto chains = ask_for_certificates(repository_, proxy_password_, known, files, system_clock());
            if (!seals && !chains.encryption.empty()) {
                put(repository_.encryption_certificate, chains.encryption);
            }
            if (!verifies) {
                put(repository_.signing_certificate, chains.signing);
            }
        } catch (const Error& error) {
            std::cerr << "The repository's own certificates could not be fetched: " << error.what() << '\n';
        }
    }

  private:
    /// The authority's file has the certificate that the token names: it is there, or is fetched now. Whoever answers
    /// is believed in nothing but what has that fingerprint.
    void believe() {
        auto& files = system_files();
        const auto named = [&](const Certificate& certificate) {
            return certificate.fingerprint() == token_.authority;
        };
        if (files.exists(repository_.authority)) {
            const auto authority = Authority::load(files, repository_.authority);
            if (std::none_of(authority.certificates().begin(), authority.certificates().end(), named)) {
                throw Error(ErrorCode::key, "the token is of another authority than " + repository_.authority.string() +
                                                " holds; ask the repository's operator which of them is right");
            }
            return;
        }
        const auto offered = EstClient(est_, system_clock()).authority();
        const auto found = std::find_if(offered.begin(), offered.end(), named);
        if (found == offered.end()) {
            throw Error(ErrorCode::key, "what answers at " + repository_.enrolment +
                                            " is not the authority that the token names; nothing was sent to it");
        }
        files.create_folders(repository_.authority.parent_path());
        std::string text;
        for (const auto& certificate : with_issuers(*found, offered)) {
            text += certificate.to_pem();
        }
        write_file_durably(files, repository_.authority, text);
        std::cout << "The authority of the repository, as the token names it, is in " << repository_.authority.string()
                  << ".\n";
    }

    static void put(const std::filesystem::path& file, const std::vector<Certificate>& chain) {
        system_files().create_folders(file.parent_path());
        write_file_durably(system_files(), file, pem_of(chain));
        std::cout << "From the repository: " << file.string() << " (" << chain.front().common_name() << ", SHA-256 "
                  << chain.front().fingerprint() << ").\n";
    }

    /// Where there is no certificate yet, the key that 'tributary init' made is the first one.
    void use_key_of_init() const {
        auto& files = system_files();
        auto fresh = repository_.private_key;
        fresh += ".new";
        if (files.exists(repository_.private_key) && !files.exists(repository_.certificate) && !files.exists(fresh)) {
            auto text = PrivateKey::load(files, repository_.private_key).to_pem();
            const Wiped wiped(text);
            write_file_durably(files, fresh, text, Privacy::owner_only);
        }
    }

    const Configuration& configuration_;
    const RepositoryConfiguration& repository_;
    EnrolmentToken token_;
    HttpsClientConfiguration est_;
    std::string proxy_password_;
};

int enrol(const CommandLine& line) {
    Diagnostics diagnostics;
    const auto configuration = load_configuration(configuration_file(line), configuration_overrides(line), diagnostics);
    diagnostics.throw_if_errors();
    const auto& repository = configuration.repository;
    if (repository.enrolment.empty()) {
        throw Error(ErrorCode::configuration,
                    configuration.file.string() +
                        ": 'repository' has no 'enrolment', the address where the site gets its certificate");
    }
    auto token = read_token(line.arguments.front());
    if (token.site != configuration.site) {
        throw Error(ErrorCode::key, "the token is for another site than this one, " + configuration.site);
    }
    system_files().create_folders(configuration.data_folder);
    const FolderLock lock(configuration.data_folder);  // an agent at work reads these files
    Enrolling enrolling(configuration, std::move(token));
    const auto certificate = enrolling.run();
    enrolling.fetch_missing();
    std::cout << "Site " << configuration.site << " is enrolled: " << repository.certificate.string()
              << " is valid until " << to_rfc3339(certificate.not_after()) << ", and is renewed by the agent from "
              << to_rfc3339(renewal_due(certificate)) << " on.\n";
    for (const auto& file : {repository.encryption_certificate, repository.signing_certificate}) {
        if (!system_files().exists(file)) {
            std::cout << "Still needed, from the repository's operator: " << file.string() << '\n';
        }
    }
    std::cout << "'tributary check' tells whether all is right.\n";
    return exit_ok;
}

}  // namespace

Command enrol_command() {
    Command command;
    command.name = "enrol";
    command.arguments = "FILE";
    command.summary = "Get the site's certificate from the repository, with the token that its operator made.";
    command.description =
        "FILE holds the token, one line; '-' reads it from the terminal or a pipe. The private key is made here and "
        "never leaves; the token proves the site to the repository and the repository to the site. Where the "
        "configuration's 'authority' is missing, it is fetched and held to the token; where the repository's "
        "encryption or "
        "signing certificate is missing, it is fetched over the connection that the authority vouches for.\n"
        "A token is for one key: if the answer is lost, the same command gets it again. Afterwards the agent renews "
        "the certificate by itself, with a fresh key each time; keys of before stay in site.key.earlier, for what is "
        "sealed to them. With a certificate in place, the command replaces it: after the site was shut out, or when "
        "its certificate has expired.\n"
        "Example: tributary enrol token.txt --config /etc/tributary/tributary.yaml";
    command.options = configuration_options();
    command.fewest = 1;
    command.most = 1;
    command.run = enrol;
    return command;
}

}  // namespace tributary
