#include "tests/integration/delivery/world.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Pipe.h>
#include <Poco/PipeStream.h>
#include <Poco/Process.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>
#include <zstd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "agent/keys/digest.h"
#include "agent/keys/envelope.h"
#include "agent/keys/jws.h"
#include "tests/integration/delivery/test_ledger.h"

namespace tributary::testing {
namespace {

// As StopSignal::install() does for the programs: a write to a closed connection is an error, not a signal.
const auto ignored_before = std::signal(SIGPIPE, SIG_IGN);

World::Run run(const std::string& program, const std::vector<std::string>& words) {
    Poco::Pipe pipe;
    const Poco::ProcessHandle process = Poco::Process::launch(program, words, nullptr, &pipe, &pipe);
    World::Run result;
    Poco::PipeInputStream stream(pipe);
    Poco::StreamCopier::copyToString(stream, result.output);
    result.exit_code = process.wait();
    return result;
}

void make(const std::vector<std::string>& words) {
    std::vector<std::string> all{TRIBUTARY_THROWAWAY_AUTHORITY};
    all.insert(all.end(), words.begin(), words.end());
    const World::Run result = run("bash", all);
    if (result.exit_code != 0) {
        throw std::runtime_error(result.output);
    }
}

LogConfiguration log_to(const std::filesystem::path& file, LogLevel level = LogLevel::info) {
    LogConfiguration configuration;
    configuration.target = LogConfiguration::Target::file;
    configuration.file = file;
    configuration.level = level;
    return configuration;
}

std::unique_ptr<Poco::Net::HTTPSClientSession> connect(const World& world, const Site& site) {
    const Poco::Net::Context::Ptr context(new Poco::Net::Context(
        Poco::Net::Context::TLS_CLIENT_USE, site.key_file.string(), site.certificate_file.string(),
        (world.pki() / "authority.pem").string(), Poco::Net::Context::VERIFY_STRICT));
    auto session = std::make_unique<Poco::Net::HTTPSClientSession>("localhost", world.port(), context);
    session->setTimeout(Poco::Timespan(30, 0));
    return session;
}

Poco::Net::HTTPRequest made_request(const std::string& method, const std::string& path,
                                    const std::map<std::string, std::string>& headers, std::size_t length) {
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setContentLength64(static_cast<Poco::Int64>(length));
    for (const auto& [name, value] : headers) {
        request.set(name, value);
    }
    return request;
}

}  // namespace

World::World() {
    make({pki().string(), "RVW"});
    log_ = std::make_unique<Log>(log_to(path() / "repository.log"));
    configuration.store = path() / "store";
    configuration.landing = path() / "landing";
    configuration.ledger = test_ledger(path() / "ledger.sqlite");
    configuration.host = "127.0.0.1";
    configuration.port = 0;
    configuration.authority = pki() / "authority.pem";
    configuration.certificate = pki() / "server.pem";
    configuration.private_key = pki() / "server.key";
    configuration.signing_certificate = pki() / "signing.pem";
    configuration.signing_key = pki() / "signing.key";
    configuration.encryption_certificate = pki() / "encryption.pem";
    configuration.decryption_key = pki() / "encryption.key";
    configuration.timeout = std::chrono::seconds(5);
}

Site World::site(const std::string& code) {
    const std::filesystem::path folder = path() / ("site-" + code);
    if (!std::filesystem::exists(folder)) {
        make({"--site", pki().string(), code, folder.string()});
    }
    return {code, folder / "site.pem", folder / "site.key", PrivateKey::load(system_files(), folder / "site.key"),
            Certificate::load(system_files(), folder / "site.pem")};
}

RepositoryServer& World::start() {
    server_ = std::make_unique<RepositoryServer>(configuration, system_files(), system_clock(), *log_);
    server_->start();
    port_ = server_->port();
    return *server_;
}

void World::stop() {
    server_.reset();
}

HttpsTransportConfiguration World::transport_configuration(const Site& site) const {
    HttpsTransportConfiguration made;
    made.url = url();
    made.site = site.code;
    made.authority = pki() / "authority.pem";
    made.certificate = site.certificate_file;
    made.private_key = site.key_file;
    made.connect_timeout = std::chrono::seconds(10);
    made.answer_timeout = std::chrono::seconds(20);
    return made;
}

SealedChunk World::sealed_chunk(const std::string& stream, const std::string& plain) const {
    std::string compressed(ZSTD_compressBound(plain.size()), '\0');
    compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), plain.data(), plain.size(), 1));
    const Certificate recipient = Certificate::load(system_files(), pki() / "encryption.pem");
    return chunk_of(stream, plain, seal(compressed, recipient), TestClock().now());
}

Certificate World::signing_certificate() const {
    return Certificate::load(system_files(), pki() / "signing.pem");
}

std::string World::log_text() const {
    std::ifstream file(path() / "repository.log");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

RawAnswer World::request(const Site& site, const std::string& method, const std::string& path,
                         const std::map<std::string, std::string>& headers, const std::string& body) {
    const auto session = connect(*this, site);
    Poco::Net::HTTPRequest made = made_request(method, path, headers, body.size());
    session->sendRequest(made).write(body.data(), static_cast<std::streamsize>(body.size())).flush();
    Poco::Net::HTTPResponse response;
    RawAnswer answer;
    Poco::StreamCopier::copyToString(session->receiveResponse(response), answer.body);
    answer.status = response.getStatus();
    for (const auto& [name, value] : response) {
        answer.headers[Poco::toLower(name)] = value;
    }
    return answer;
}

void World::request_and_cut(const Site& site, const std::string& method, const std::string& path,
                            const std::map<std::string, std::string>& headers, const std::string& body,
                            std::size_t cut_after) {
    const auto session = connect(*this, site);
    Poco::Net::HTTPRequest made = made_request(method, path, headers, body.size());
    session->sendRequest(made).write(body.data(), static_cast<std::streamsize>(cut_after)).flush();
    session->abort();
}

RawAnswer World::announce(const Site& site, const Manifest& manifest) {
    return request(site, "PUT", chunk_path(manifest), {{"Content-Type", "application/jose"}},
                   sign_jws(manifest_text(manifest), site.key));
}

RawAnswer World::patch(const Site& site, const Manifest& manifest, std::uint64_t offset, const std::string& bytes,
                       const std::string& complete) {
    return request(site, "PATCH", chunk_path(manifest),
                   {{"Content-Type", "application/partial-upload"},
                    {"Upload-Offset", std::to_string(offset)},
                    {"Upload-Complete", complete}},
                   bytes);
}

SealedChunk World::numbered(SealedChunk chunk, const std::string& site, std::uint64_t sequence,
                            const std::string& previous) const {
    chunk.manifest.site = site;
    chunk.manifest.sequence = sequence;
    chunk.manifest.previous = previous;
    return chunk;
}

std::filesystem::path World::write_configuration(std::uint16_t listen_port) const {
    const std::filesystem::path file = path() / "repository.yaml";
    std::ofstream(file)
        << "folders:\n  store: store\n  landing: landing\nledger: \""
        << (configuration.ledger.is_shared() ? configuration.ledger.url : "ledger.sqlite")
        << "\"\nlisten: \"127.0.0.1:" << listen_port
        << "\"\nauthority: pki/authority.pem\ncertificate: pki/server.pem\nprivate_key: pki/server.key\n"
           "signing_certificate: pki/signing.pem\nsigning_key: pki/signing.key\n"
           "encryption_certificate: pki/encryption.pem\ndecryption_key: pki/encryption.key\n";
    return file;
}

World::Run World::run_program(const std::vector<std::string>& words) const {
    return run(TRIBUTARY_REPOSITORY, words);
}

std::string chunk_path(const Manifest& manifest) {
    return "/v1/sites/" + manifest.site + "/chunks/" + manifest.id;
}

std::string manifest_hash(const Manifest& manifest) {
    return to_hex(sha256(manifest_text(manifest)));
}

std::string rows(unsigned seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::string text;
    for (std::size_t row = 0; row < count; ++row) {
        text +=
            "{\"admitted\":\"2026-11-22\",\"ward\":\"" + std::to_string(random()) + std::to_string(random()) + "\"}\n";
    }
    return text;
}

Agent::Agent(World& world, Site site, TestClock& clock)
    : site_(std::move(site)),
      clock_(clock),
      log_(log_to(world.path() / ("agent-" + site_.code + ".log"), LogLevel::debug)),
      outbox_(world.path() / ("queue-" + site_.code + ".db"), site_.code, clock),
      transport_(world.transport_configuration(site_), clock),
      courier_(outbox_, {&transport_}, site_.key, world.signing_certificate(), {site_.code}, clock, log_) {}

void Agent::wait() {
    TimePoint last = courier_.next_attempt().value_or(clock_.now());
    for (const QueuedChunk& chunk : outbox_.list(1000)) {
        last = std::max(last, chunk.next_attempt);
    }
    for (const QueuedRun& run : outbox_.queued_runs(1000)) {
        last = std::max(last, run.next_attempt);
    }
    clock_.pass(std::max(last - clock_.now(), std::chrono::milliseconds(0)));
}

}  // namespace tributary::testing
