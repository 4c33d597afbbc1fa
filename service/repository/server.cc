#include "service/repository/server.h"

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <atomic>
#include <optional>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "agent/platform/utf8.h"
#include "service/repository/certificate_answers.h"
#include "service/repository/directory_intake.h"
#include "service/repository/enrolment_server.h"
#include "service/repository/gap_watch.h"
#include "service/repository/listening.h"
#include "service/repository/metrics_server.h"
#include "service/repository/open_connections.h"
#include "service/repository/opening.h"
#include "service/repository/periodic_task.h"
#include "service/repository/service_keys.h"
#include "service/repository/site_request_handler.h"
#include "service/repository/store_identity.h"
#include "service/repository/tls_context.h"
#include "service/repository/turn.h"

namespace tributary {
namespace {

constexpr int backlog = 64;
constexpr std::chrono::milliseconds gap_interval = std::chrono::seconds(30);
constexpr std::chrono::milliseconds connection_interval = std::chrono::seconds(1);
constexpr std::chrono::milliseconds directory_interval = std::chrono::seconds(5);
constexpr int keep_alive_seconds = 60;  // longer than agents keep an idle connection

Poco::Net::HTTPServerParams::Ptr parameters_of(const ServiceConfiguration& configuration) {
    Poco::Net::HTTPServerParams::Ptr parameters = new Poco::Net::HTTPServerParams;
    parameters->setMaxThreads(configuration.connections);
    parameters->setMaxQueued(configuration.connections);
    parameters->setTimeout(Poco::Timespan(static_cast<long>(configuration.timeout.count()), 0));
    parameters->setKeepAlive(true);
    parameters->setKeepAliveTimeout(Poco::Timespan(keep_alive_seconds, 0));
    parameters->setMaxKeepAliveRequests(0);
    return parameters;
}

ConnectionLimits limits_of(const ServiceConfiguration& configuration) {
    ConnectionLimits limits;
    limits.first_request = configuration.timeout;
    limits.next_request = std::chrono::seconds(keep_alive_seconds) + configuration.timeout;
    limits.request = 2 * configuration.timeout;
    limits.per_site = limits.unknown_per_address = configuration.connections_per_site;
    return limits;
}

const std::filesystem::path& made(FileSystem& files, const std::filesystem::path& folder) {
    files.create_folders(folder);
    return folder;
}

Store store_of(Ledger& ledger, FileSystem& files, const ServiceConfiguration& configuration) {
    hold_to_store(ledger, files, configuration.store);
    return {files, configuration.store, configuration.uploads_per_site};
}

}  // namespace

struct RepositoryServer::Implementation {
    Implementation(const ServiceConfiguration& given, FileSystem& files, Clock& clock, Log& given_log)
        : configuration(given),
          log(given_log),
          signing(load_signing(files, given)),
          context(make_server_context(files, given, ClientCertificate::required)),
          lock(given.ledger.is_shared() ? nullptr : std::make_unique<FolderLock>(made(files, given.store))),
          ledger(given.ledger, LedgerAccess::write),
          store(store_of(ledger, files, given)),
          opening(given.decryption_key.empty()
                      ? nullptr
                      : std::make_unique<Opening>(
                            given, ledger, store, files, clock, given_log,
                            given.ledger.is_shared() ? Opening::WhenTaken::wait : Opening::WhenTaken::refuse)),
          gap_watch(ledger, clock, given_log),
          gap_task([this] { gap_watch.look(); }, gap_interval, "the ledger could not be searched for gaps", clock,
                   given_log),
          allowed(files, given.sites),
          certificates(files, given, signing),
          locks(given.ledger.is_shared() ? std::make_unique<ChunkLocks>(made(files, given.store) / "chunk-locks")
                                         : std::make_unique<ChunkLocks>()),
          intake(ledger, store, *locks, allowed, signing.present.key, given.limits, clock, log,
                 [this](const LedgerChunk& chunk) { stored(chunk); }),
          runs(ledger, allowed, signing.present.key, clock, log),
          directory_intake(files, given.directories, Authority::load(files, given.authority), ledger, intake, runs,
                           given.limits.sealed_bytes, clock, log),
          directory_turn(given.store / "directories"),
          directory_task([this] { look_into_directories(); }, directory_interval, "folders could not be looked at",
                         clock, given_log),
          connections(limits_of(given), clock),
          metrics(ledger, connections, clock),
          connection_task([this] { hang_up_overdue(); }, connection_interval, "connections could not be looked at",
                          clock, given_log),
          threads(2, given.connections + 1),
          enrolment(given.enrolment ? std::make_unique<EnrolmentServer>(given, ledger, files, clock, given_log)
                                    : nullptr) {}

    void stored(const LedgerChunk& chunk) {
        metrics.stored(chunk);
        if (opening) {
            opening->lander().wake();
        }
    }

    void look_into_directories() {
        if (directory_turn.try_take()) {
            directory_intake.look([this] { return stopping.load(); });
        }
    }

    void hang_up_overdue() {
        if (const std::size_t overdue = connections.hang_up_overdue(); overdue > 0) {
            metrics.hung_up(overdue);
            log.debug("connections were too slow and are hung up", {{"connections", overdue}});
        }
    }

    ServiceConfiguration configuration;
    Log& log;
    SigningKeys signing;
    Poco::Net::Context::Ptr context;
    std::unique_ptr<FolderLock> lock;  // none: others may receive too
    Ledger ledger;
    Store store;
    std::unique_ptr<Opening> opening;  // none: it is done elsewhere
    GapWatch gap_watch;
    PeriodicTask gap_task;
    AllowList allowed;
    CertificateAnswers certificates;
    std::unique_ptr<ChunkLocks> locks;
    Intake intake;
    RunIntake runs;
    std::atomic<bool> stopping = false;
    DirectoryIntake directory_intake;
    Turn directory_turn;
    PeriodicTask directory_task;
    OpenConnections connections;
    Metrics metrics;
    PeriodicTask connection_task;
    Poco::ThreadPool threads;
    std::unique_ptr<Poco::Net::TCPServer> http;
    std::unique_ptr<MetricsServer> metrics_http;
    std::unique_ptr<EnrolmentServer> enrolment;
};

RepositoryServer::RepositoryServer(const ServiceConfiguration& configuration, FileSystem& files, Clock& clock, Log& log)
    : implementation_(std::make_unique<Implementation>(configuration, files, clock, log)) {}

RepositoryServer::~RepositoryServer() {
    stop();
}

void RepositoryServer::start() {
    Implementation& self = *implementation_;
    const std::string address = self.configuration.host + ":" + std::to_string(self.configuration.port);
    try {
        Poco::Net::SecureServerSocket socket(self.context);
        listen_alone(socket, self.configuration.host, self.configuration.port, backlog);
        const auto parameters = parameters_of(self.configuration);
        self.http = std::make_unique<Poco::Net::TCPServer>(
            new HttpConnectionFactory(self.connections,
                                      new SiteRequestHandlerFactory({self.intake, self.runs, self.certificates,
                                                                     self.ledger, self.connections, self.metrics},
                                                                    self.configuration.limits.sealed_bytes, self.log),
                                      parameters),
            self.threads, socket, parameters);
        if (const auto& metrics = self.configuration.metrics) {
            self.metrics_http = std::make_unique<MetricsServer>(metrics->host, metrics->port, self.metrics, self.log);
        }
        if (self.opening) {
            self.opening->lander().start();
        } else {
            self.log.info("there is no decryption key here: chunks are kept sealed until 'tributary-repository open'");
        }
        self.gap_task.start();
        self.connection_task.start();
        if (!self.configuration.directories.empty()) {
            self.directory_task.start();
        }
        if (self.enrolment) {
            self.enrolment->start();
        }
        self.http->start();
    } catch (const Poco::Exception& fault) {
        throw Error(ErrorCode::network, "cannot listen on " + address + ": " + clean_text(fault.displayText()));
    }
    self.log.info("listening", {{"address", self.configuration.host + ":" + std::to_string(port())}});
}

void RepositoryServer::stop() {
    Implementation& self = *implementation_;
    if (self.http) {
        self.http->stop();
        self.connections.hang_up();
        self.threads.joinAll();
        self.http.reset();
    }
    self.stopping = true;
    self.directory_task.stop();
    if (self.enrolment) {
        self.enrolment->stop();
    }
    self.metrics_http.reset();
    self.gap_task.stop();
    self.connection_task.stop();
    if (self.opening) {
        self.opening->lander().stop();
    }
}

std::uint16_t RepositoryServer::port() const {
    return implementation_->http ? implementation_->http->port() : implementation_->configuration.port;
}

std::uint16_t RepositoryServer::metrics_port() const {
    return implementation_->metrics_http ? implementation_->metrics_http->port() : 0;
}

std::uint16_t RepositoryServer::enrolment_port() const {
    return implementation_->enrolment ? implementation_->enrolment->port() : 0;
}

Ledger& RepositoryServer::ledger() {
    return implementation_->ledger;
}

Lander& RepositoryServer::lander() {
    return implementation_->opening->lander();
}

}  // namespace tributary
