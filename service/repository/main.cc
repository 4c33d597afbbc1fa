#include <Poco/Exception.h>
#include <Poco/Util/Application.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionSet.h>

#include <iostream>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "service/repository/commands.h"

namespace tributary {
namespace {

constexpr const char* help_header = R"(
Takes chunks that sites deliver, acknowledges them with a signed receipt, and opens and lands their rows.

commands:
  init DIR   write a commented repository.yaml into DIR
  serve      listen for sites, store, open and land, until SIGTERM or Ctrl-C; without decryption_key: store alone
  open       open and land what another process receives, under another account, say, that alone can read the key;
             --once: until nothing waits, exit code 1 if something still does
  verify     check every acknowledged chunk on the disk: bytes, signatures, receipts, landed rows, gaps;
             exit code 1 if anything is wrong. May run while the server does
  status     what has arrived, by site and stream
  gaps       what is missing from a stream, and where a hash chain breaks
  runs       runs that are not whole: chunks are missing, or the site has not said yet that the run is over; with --all
             also those that are. LATE: nothing has come for a day
  settle SITE STREAM --reason TEXT
             nobody waits any more for what is missing of the stream up to now: its open gaps, and its runs that are
             late or of an earlier queue; 'gaps --all' and 'runs --all' show them further on, with the reason
  token SITE           print a token with which 'tributary enrol' gets the site its first certificate; for a week, once
  certificates         what sites got that way, until when it is valid
  revoke SITE --reason TEXT [--certificate FINGERPRINT]
             shut the site out at once: no certificate that it has up to now is believed any more; or only one of them

examples:
  tributary-repository init /srv/tributary
  tributary-repository serve --config /srv/tributary/repository.yaml
  tributary-repository verify --config /srv/tributary/repository.yaml

options:)";

enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2, exit_configuration = 3 };

class Program : public Poco::Util::Application {
  public:
    Program() { setUnixOptions(true); }

  protected:
    void defineOptions(Poco::Util::OptionSet& options) override {
        using Poco::Util::Option;
        using Poco::Util::OptionCallback;
        Application::defineOptions(options);
        options.addOption(
            Option("help", "h", "this text").callback(OptionCallback<Program>(this, &Program::handle_help)));
        options.addOption(
            Option("config", "c", "the configuration file (default: ./repository.yaml)", false, "FILE", true)
                .callback(OptionCallback<Program>(this, &Program::handle_config)));
        options.addOption(Option("once", "o", "open: what waits now, and no more")
                              .callback(OptionCallback<Program>(this, &Program::handle_once)));
        options.addOption(Option("reason", "r", "revoke, settle: why; kept in the ledger", false, "TEXT", true)
                              .callback(OptionCallback<Program>(this, &Program::handle_reason)));
        options.addOption(Option("certificate", "", "revoke: this one alone", false, "FINGERPRINT", true)
                              .callback(OptionCallback<Program>(this, &Program::handle_certificate)));
        options.addOption(Option("all", "a", "gaps, runs: those that have closed, or are whole, too")
                              .callback(OptionCallback<Program>(this, &Program::handle_all)));
    }

    int main(const std::vector<std::string>& words) override {
        if (help_ || words.empty()) {
            print_help();
            return help_ ? exit_ok : exit_usage;
        }
        try {
            return execute(words);
        } catch (const Error& error) {
            std::cerr << "tributary-repository: " << error.what() << '\n';
            const bool set_up = error.code() == ErrorCode::configuration || error.code() == ErrorCode::key ||
                                error.code() == ErrorCode::permission;
            return set_up ? exit_configuration : exit_failed;
        } catch (const std::exception& error) {
            std::cerr << "tributary-repository: internal: " << error.what() << '\n';
            return exit_failed;
        }
    }

  private:
    void handle_help(const std::string&, const std::string&) {
        help_ = true;
        stopOptionsProcessing();
    }
    void handle_config(const std::string&, const std::string& value) { configuration_ = value; }
    void handle_once(const std::string&, const std::string&) { once_ = true; }
    void handle_reason(const std::string&, const std::string& value) { reason_ = value; }
    void handle_certificate(const std::string&, const std::string& value) { certificate_ = value; }
    void handle_all(const std::string&, const std::string&) { all_ = true; }

    void print_help() const {
        Poco::Util::HelpFormatter formatter(options());
        formatter.setUnixStyle(true);
        formatter.setWidth(110);
        formatter.setCommand("tributary-repository");
        formatter.setUsage("COMMAND [options]");
        formatter.setHeader(help_header);
        formatter.format(std::cout);
    }

    int execute(const std::vector<std::string>& words) const {
        const std::string& command = words.front();
        const std::size_t arguments = words.size() - 1;
        if (command == "init" && arguments == 1) {
            return init_repository(words[1]);
        }
        if (command == "token" && arguments == 1) {
            return make_token(configuration_, words[1]);
        }
        if (command == "revoke" && arguments == 1) {
            return revoke_certificates(configuration_, words[1], certificate_, reason_);
        }
        if (command == "settle" && arguments == 2) {
            return settle_stream(configuration_, words[1], words[2], reason_);
        }
        if (arguments == 0) {
            if (command == "certificates") {
                return show_certificates(configuration_);
            }
            if (command == "serve") {
                return serve_repository(configuration_);
            }
            if (command == "open") {
                return open_chunks(configuration_, once_);
            }
            if (command == "verify") {
                return verify_repository(configuration_);
            }
            if (command == "status") {
                return show_status(configuration_);
            }
            if (command == "gaps") {
                return show_gaps(configuration_, all_);
            }
            if (command == "runs") {
                return show_runs(configuration_, all_);
            }
        }
        std::cerr << "tributary-repository: there is no command '" << command << "' with " << arguments
                  << " arguments; see tributary-repository --help\n";
        return exit_usage;
    }

    bool help_ = false;
    bool all_ = false;
    bool once_ = false;
    std::string reason_;
    std::string certificate_;
    std::filesystem::path configuration_ = "repository.yaml";
};

}  // namespace
}  // namespace tributary

int main(int argc, char** argv) {
    try {
        tributary::forbid_core_dumps();
        tributary::close_new_files_to_others();
        Poco::AutoPtr<tributary::Program> program = new tributary::Program;
        program->init(argc, argv);
        return program->run();
    } catch (const Poco::Exception& error) {  // a wrong option
        std::cerr << "tributary-repository: " << error.displayText() << "; see tributary-repository --help\n";
        return 2;
    }
}
