#include <Poco/Net/ServerSocket.h>
#include <Poco/Pipe.h>
#include <Poco/PipeStream.h>
#include <Poco/Process.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "service/repository/lander.h"
#include "tests/integration/delivery/world.h"

using namespace tributary;
using namespace tributary::testing;

// The real program, killed with SIGKILL in the midst of its work.
BOOST_AUTO_TEST_SUITE(crash_tests)

namespace {

class ServerProcess {
  public:
    ServerProcess(const std::filesystem::path& configuration)
        : process_(Poco::Process::launch(TRIBUTARY_REPOSITORY, {"serve", "--config=" + configuration.string()}, nullptr,
                                         nullptr, &errors_)) {
        Poco::PipeInputStream log(errors_);
        for (std::string line; std::getline(log, line);) {
            if (line.find("listening") != std::string::npos) {
                break;
            }
        }
    }
    ~ServerProcess() { kill(); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    void kill() {
        if (!ended_) {
            Poco::Process::kill(process_);  // SIGKILL
            process_.wait();
            ended_ = true;
        }
    }
    int terminate() {
        Poco::Process::requestTermination(process_.id());
        ended_ = true;
        return process_.wait();
    }

  private:
    Poco::Pipe errors_;
    Poco::ProcessHandle process_;
    bool ended_ = false;
};

std::uint16_t free_port() {
    const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
    return socket.address().port();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_repository_killed_at_any_moment_loses_no_acknowledged_chunk_and_doubles_none) {
    World world;
    TestClock clock;
    world.start();  // for the port only
    world.stop();
    const std::filesystem::path configuration = world.write_configuration(world.port());
    Agent agent(world, world.site("RVW"), clock);
    constexpr unsigned chunks = 60;
    std::vector<SealedChunk> made;
    for (unsigned chunk = 0; chunk < chunks; ++chunk) {
        made.push_back(world.sealed_chunk(chunk % 3 == 0 ? "outpatients" : "admissions", rows(chunk, 6000)));
    }
    queue(agent.outbox(), std::move(made));

    std::mt19937 random(20261122);
    int kills = 0;
    while (agent.outbox().totals().queued_chunks > 0) {
        ServerProcess server(configuration);
        const bool last = kills >= 25;
        std::mutex mutex;
        std::condition_variable done;
        bool over = false;
        std::thread killer([&] {
            const auto moment = std::chrono::microseconds(std::uniform_int_distribution<int>(500, 60'000)(random));
            std::unique_lock lock(mutex);
            if (!last && !done.wait_for(lock, moment, [&] { return over; })) {
                server.kill();
                ++kills;
            }
        });
        agent.deliver();
        {
            const std::lock_guard lock(mutex);
            over = true;
        }
        done.notify_all();
        killer.join();
        agent.wait();
    }
    BOOST_TEST_MESSAGE(kills << " kills");
    BOOST_TEST(kills > 3);
    BOOST_TEST(agent.outbox().totals().delivered_chunks == chunks);
    BOOST_TEST(agent.outbox().totals().quarantined_chunks == 0U);

    world.configuration.port = 0;
    world.start();  // lands what the killed ones left
    BOOST_REQUIRE(world.server().lander().wait_until_idle(std::chrono::seconds(60)));
    for (const StoredReceipt& receipt : agent.outbox().receipts(1000)) {
        const std::optional<LedgerChunk> chunk = world.server().ledger().find("RVW", receipt.chunk_id);
        BOOST_REQUIRE(chunk.has_value());
        BOOST_TEST(chunk->receipt == receipt.jws);
    }
    std::size_t lines = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.configuration.landing)) {
        if (entry.path().extension() == ".ndjson") {
            std::ifstream file(entry.path());
            lines += static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
        }
    }
    BOOST_TEST(lines == chunks * 6000U);  // every row once
    const World::Run verify = world.run_program({"verify", "--config=" + configuration.string()});
    BOOST_TEST_MESSAGE(verify.output);
    BOOST_TEST(verify.exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_server_ends_cleanly_when_asked) {
    World world;
    ServerProcess server(world.write_configuration(free_port()));
    BOOST_TEST(server.terminate() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
