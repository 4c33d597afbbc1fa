#include "service/agent/installation.h"

#include <Poco/Environment.h>

#include <algorithm>
#include <utility>

#include "agent/config/json_schema.h"
#include "agent/deidentify/policy_approval.h"
#include "agent/keys/authority.h"
#include "agent/platform/access.h"
#include "agent/platform/process.h"
#include "service/agent/receipt_signer_files.h"

namespace tributary {

namespace {

constexpr std::uint64_t longest_secret = 64U << 10U;
constexpr auto expiry_warning = std::chrono::hours(24 * 30);

RecordFormat format_named(const std::string& name) {
    return name == "csv" ? RecordFormat::csv : RecordFormat::ndjson;
}

/// Reads one file that the configuration names; a fault is reported at the place where it is named.
template <typename Load>
auto load_named(const RepositoryConfiguration& repository, const std::string& key, Diagnostics& diagnostics, Load load)
    -> std::optional<decltype(load())> {
    try {
        return load();
    } catch (const Error& error) {
        const auto place = repository.locations.find(key);
        diagnostics.error(place == repository.locations.end() ? Location{} : place->second, key + ": " + error.what());
        return std::nullopt;
    }
}

void check_dates(const Certificate& certificate, const std::string& key, const Location& place, TimePoint now,
                 Diagnostics& diagnostics) {
    if (now < certificate.not_before()) {
        diagnostics.error(place, key + ": the certificate is not valid before " + to_rfc3339(certificate.not_before()) +
                                     "; is this computer's clock right?");
    } else if (now >= certificate.not_after()) {
        diagnostics.error(place,
                          key + ": the certificate expired at " + to_rfc3339(certificate.not_after()) + "; renew it");
    } else if (certificate.not_after() - now < expiry_warning) {
        diagnostics.warning(
            place, key + ": the certificate expires at " + to_rfc3339(certificate.not_after()) + "; renew it soon");
    }
}

}  // namespace

std::unique_ptr<Installation> Installation::load(const std::filesystem::path& file,
                                                 const ConfigurationOverrides& overrides, FileSystem& files,
                                                 Clock& clock, Diagnostics& diagnostics) {
    auto installation = std::make_unique<Installation>();
    Diagnostics own;
    try {
        installation->configuration_ = load_configuration(file, overrides, own);
        installation->configuration_usable_ = !own.has_errors();
    } catch (const ConfigurationError& error) {
        own.append(error.diagnostics());
    } catch (const Error& error) {
        own.error(
            Location{file.string(), 0, 0},
            error.what() + std::string(error.code() == ErrorCode::not_found
                                           ? "; name the configuration with --config FILE or TRIBUTARY_CONFIG, or "
                                             "make one with 'tributary init DIR --site CODE'"
                                           : ""));
    }
    diagnostics.append(own);
    if (installation->configuration_.plugin_folder.empty()) {
        installation->configuration_.plugin_folder = program_folder().parent_path() / "plugins";
    }
    if (!installation->configuration_usable_) {
        return installation;
    }
    installation->load_keys(files, diagnostics);
    installation->load_credentials(files, clock, diagnostics);
    installation->load_proxy_password(files, diagnostics);
    installation->load_approvers(files, diagnostics);
    for (const auto& source : installation->configuration_.sources) {
        installation->prepare(source, files, clock, diagnostics);
    }
    return installation;
}

void Installation::load_keys(FileSystem& files, Diagnostics& diagnostics) {
    try {
        keys_ = load_linkage_keys(*open_key_store(configuration_, files));
        keys_usable_ = true;
    } catch (const Error& error) {
        diagnostics.error(Location{configuration_.file.string(), 0, 0}, std::string("linkage keys: ") + error.what());
    }
}

void Installation::load_proxy_password(FileSystem& files, Diagnostics& diagnostics) {
    const auto& proxy = configuration_.repository.proxy;
    if (!proxy || proxy->password.empty()) {
        return;
    }
    const auto password = resolve_secret(files, configuration_.file.parent_path(), proxy->password);
    if (!password || password->empty()) {
        diagnostics.error(proxy->location,
                          "repository.proxy: the password is not where 'password' says; it takes a file that "
                          "only the agent's account can read, or an environment variable");
        credentials_.reset();
        return;
    }
    proxy_password_ = *password;
}

void Installation::load_credentials(FileSystem& files, Clock& clock, Diagnostics& diagnostics) {
    const auto& repository = configuration_.repository;
    const auto chain = [&](const std::string& key, const std::filesystem::path& path) {
        return load_named(repository, key, diagnostics, [&] { return Certificate::load_chain(files, path); });
    };
    const auto authority =
        load_named(repository, "authority", diagnostics, [&] { return Authority::load(files, repository.authority); });
    const auto own_chain = chain("certificate", repository.certificate);
    const auto encryption_chain = chain("encryption_certificate", repository.encryption_certificate);
    const auto signing_chain = chain("signing_certificate", repository.signing_certificate);
    auto key = load_named(repository, "private_key", diagnostics,
                          [&] { return PrivateKey::load(files, repository.private_key); });
    if (!authority || !own_chain || !encryption_chain || !signing_chain || !key) {
        return;
    }
    Diagnostics faults;
    const auto place = [&](const std::string& name) {
        const auto found = repository.locations.find(name);
        return found == repository.locations.end() ? Location{} : found->second;
    };
    const auto& authorities = authority->certificates();  // while one takes the place of another, both
    check_dates(*std::max_element(authorities.begin(), authorities.end(),
                                  [](const auto& a, const auto& b) { return a.not_after() < b.not_after(); }),
                "authority", place("authority"), clock.now(), faults);
    for (const auto& [name, issued] :
         {std::pair{"certificate", &own_chain}, std::pair{"encryption_certificate", &encryption_chain},
          std::pair{"signing_certificate", &signing_chain}}) {
        check_dates((*issued)->front(), name, place(name), clock.now(), faults);
        if (const auto why = authority->why_not_issued(**issued); !why.empty()) {
            faults.error(place(name), std::string(name) +
                                          ": the certificate was not issued by the authority, or one of the two is "
                                          "damaged: " +
                                          why + "; get it from the repository again");
        }
    }
    const Certificate& own = own_chain->front();
    const Certificate& encryption = encryption_chain->front();
    const Certificate& signing = signing_chain->front();
    if (!key->matches(own)) {
        faults.error(place("private_key"),
                     "private_key does not belong to the certificate; the key that made its request is needed");
    }
    if (own.common_name() != configuration_.site) {
        faults.error(place("certificate"), "the certificate is for site '" + own.common_name() +
                                               "', the configuration says '" + configuration_.site + "'");
    }
    if (!own.is_p256()) {
        faults.error(place("certificate"), "the site's key must be EC P-256, which signs manifests (ES256)");
    }
    if (const auto why = encryption.why_not_recipient(); !why.empty()) {
        faults.error(place("encryption_certificate"), "chunks cannot be sealed to it: " + why);
    }
    if (!signing.is_p256()) {
        faults.error(place("signing_certificate"), "the repository's signing key must be EC P-256 (ES256)");
    }
    diagnostics.append(faults);
    if (faults.has_errors()) {
        return;
    }
    auto signers = load_named(repository, "signing_certificate", diagnostics,
                              [&] { return load_receipt_signers(files, repository.signing_certificate); });
    auto site = load_named(repository, "private_key", diagnostics,
                           [&] { return SiteKeyring::load(files, repository.certificate, repository.private_key); });
    if (site && signers) {
        credentials_ = Credentials{*std::move(site), encryption, *std::move(signers)};
    }
}

void Installation::reload_credentials(FileSystem& files, Clock& clock, Diagnostics& diagnostics) {
    load_credentials(files, clock, diagnostics);
}

void Installation::load_approvers(FileSystem& files, Diagnostics& diagnostics) {
    for (const auto& approver : configuration_.approvers) {
        try {
            auto certificate = Certificate::load(files, approver.certificate);
            if (!certificate.is_p256()) {
                throw Error(ErrorCode::key,
                            approver.certificate.string() + ": an approver's key must be EC P-256 (ES256)");
            }
            approvers_.push_back(std::move(certificate));
        } catch (const Error& error) {
            diagnostics.error(approver.location, std::string("approvers: ") + error.what());
        }
    }
}

void Installation::check_approval(const StreamConfiguration& stream, const CompiledPolicy& policy, FileSystem& files,
                                  Clock& clock, Diagnostics& diagnostics) {
    const auto file = approval_file(stream.policy);
    try {
        const auto approval = verify_approval(read_file(files, file, longest_approval), approvers_, stream.name,
                                              policy.hash(), clock.now());
        approver_of_[stream.name] = approval.approver;
    } catch (const Error& error) {
        diagnostics.error(Location{stream.policy.string(), 1, 1},
                          (error.code() == ErrorCode::not_found ? "the policy has no approval (" + file.string() + ")"
                                                                : file.string() + ": " + error.what()) +
                              "; after reading it, an approver signs it with 'tributary policy approve " + stream.name +
                              "'");
    }
}

/// Two streams of one name would share sequence numbers.
void Installation::check_companion(const CompiledPolicy& policy, Diagnostics& diagnostics) {
    const auto& linkage = *policy.linkage();
    bool taken = !companions_.insert(linkage.stream).second;
    for (const auto& source : configuration_.sources) {
        for (const auto& stream : source.streams) {
            taken = taken || stream.name == linkage.stream;
        }
    }
    if (taken) {
        diagnostics.error(linkage.location, "there is a stream '" + linkage.stream +
                                                "' already; the encodings of stream '" + policy.stream() +
                                                "' need a name of their own");
    }
}

/// Each policy is held against those before it.
void Installation::check_key_uses(const CompiledPolicy& policy, Diagnostics& diagnostics) {
    for (const auto& [stream, uses] : key_uses_) {
        refuse_shared_keys(policy.key_uses(), uses, "stream '" + stream + "'", diagnostics);
        refuse_shared_keys(uses, policy.key_uses(), "stream '" + policy.stream() + "'", diagnostics);
    }
    key_uses_.emplace(policy.stream(), policy.key_uses());
}

std::string Installation::approver(const std::string& stream) const {
    const auto found = approver_of_.find(stream);
    return found == approver_of_.end() ? std::string() : found->second;
}

void Installation::prepare(const SourceConfiguration& source, FileSystem& files, Clock& clock,
                           Diagnostics& diagnostics) {
    Diagnostics faults;
    PreparedSource prepared;
    prepared.configuration = &source;
    try {
        prepared.plugin = Plugin::load(configuration_.plugin_folder, source.plugin);
        check_against_schema(source.options, prepared.plugin->options_schema(),
                             "options of source '" + source.name + "'", faults);
        prepared.options = to_json(source.options);
    } catch (const Error& error) {
        faults.error(source.plugin_location, error.what());
    }
    for (const auto& stream : source.streams) {
        if (prepared.plugin) {
            check_against_schema(stream.options, prepared.plugin->stream_options_schema(),
                                 "options of stream '" + stream.name + "'", faults);
        }
        prepared.source_streams.push_back({stream.name, to_json(stream.options)});
        try {
            const auto text = read_file(files, stream.policy, 1U << 20U);
            if (!keys_usable_) {
                continue;  // what is wrong with the keys is said; that the policy finds none is no fault of its own
            }
            const auto policy = compile_policy(parse_yaml(text, stream.policy.string()), keys_, files, faults);
            if (policy && policy->stream() != stream.name) {
                faults.error(stream.policy_location, "the policy is for stream '" + policy->stream() +
                                                         "', and stream '" + stream.name + "' names it");
            }
            if (policy && policy->linkage()) {
                check_companion(*policy, faults);
            }
            if (policy) {
                check_key_uses(*policy, faults);
            }
            if (policy && configuration_.require_approval) {
                check_approval(stream, *policy, files, clock, faults);
            }
            prepared.streams.push_back({stream.name, policy, format_named(stream.format)});
        } catch (const ConfigurationError& error) {
            faults.append(error.diagnostics());
        } catch (const Error& error) {
            faults.error(stream.policy_location, error.what());
        }
    }
    diagnostics.append(faults);
    if (!faults.has_errors() && keys_usable_) {
        sources_.push_back(std::move(prepared));
    }
}

std::unique_ptr<Source> Installation::open(const PreparedSource& source, SourceHost host) const {
    const auto base = std::filesystem::absolute(configuration_.file).parent_path();
    host.base_folder = base.string();
    host.secret = [base](const std::string& reference) { return resolve_secret(system_files(), base, reference); };
    try {
        return std::make_unique<Source>(source.plugin, std::move(host), source.options, source.source_streams);
    } catch (const Source::Failure& failure) {
        if (failure.code() != ErrorCode::configuration) {
            throw;
        }
        Diagnostics diagnostics;
        diagnostics.error(node_at(source.configuration->options, failure.option()).location,
                          "source '" + source.configuration->name + "': " + failure.what());
        throw ConfigurationError(std::move(diagnostics));
    }
}

std::unique_ptr<KeyStore> open_key_store(const Configuration& configuration, FileSystem& files) {
    const auto credentials = Poco::Environment::get("CREDENTIALS_DIRECTORY", "");
    return site_key_store(files, configuration.key_folder,
                          credentials.empty() ? std::nullopt : std::optional<std::filesystem::path>(credentials));
}

std::shared_ptr<const OptOutList> current_opt_outs(const CompiledPolicy& policy) {
    return policy.opt_out() ? OptOutLists(*policy.opt_out(), system_files(), system_clock()).current() : nullptr;
}

std::optional<std::string> resolve_secret(FileSystem& files, const std::filesystem::path& base,
                                          const std::string& reference) {
    if (reference.starts_with("env:")) {
        const auto name = reference.substr(4);
        return Poco::Environment::has(name) ? std::optional(Poco::Environment::get(name)) : std::nullopt;
    }
    if (!reference.starts_with("file:")) {
        return std::nullopt;
    }
    const auto path = base / reference.substr(5);
    if (!files.exists(path) || why_not_private(path)) {
        return std::nullopt;
    }
    auto secret = read_file(files, path, longest_secret);
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) {
        secret.pop_back();
    }
    return secret;
}

}  // namespace tributary
