#include "service/agent/command_line.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace tributary;

namespace {

CommandLine parsed(const std::vector<std::string>& words, std::size_t fewest = 0, std::size_t most = 2) {
    auto options = configuration_options();
    options.addOption(Poco::Util::Option("once", "o", "once"));
    return parse_command_line(options, words, fewest, most);
}

std::string usage_error(const std::vector<std::string>& words, std::size_t fewest = 0, std::size_t most = 2) {
    try {
        parsed(words, fewest, most);
    } catch (const UsageError& error) {
        return error.what();
    }
    return {};
}

/// A variable of the environment for one test.
class Variable {
  public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        ::setenv(name_.c_str(), value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(name_.c_str()); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    std::string name_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line_tests)

BOOST_AUTO_TEST_CASE(options_and_arguments_are_told_apart) {
    const auto line = parsed({"admissions", "--config", "a.yaml", "--once", "--", "--config"});
    BOOST_TEST((line.arguments == std::vector<std::string>{"admissions", "--config"}));
    BOOST_TEST(line.has("once"));
    BOOST_TEST(line.value("config", "") == "a.yaml");
    BOOST_TEST(parsed({"--config=b.yaml"}).value("config", "") == "b.yaml");
    BOOST_TEST(parsed({"-c", "c.yaml"}).value("config", "") == "c.yaml");
}

BOOST_AUTO_TEST_CASE(a_wrong_line_says_what_is_wrong) {
    BOOST_TEST(usage_error({"--nonsense"}).find("nonsense") != std::string::npos);
    BOOST_TEST(usage_error({"--config"}).find("config") != std::string::npos);
    BOOST_TEST(usage_error({}, 1).find("missing") != std::string::npos);
    BOOST_TEST(usage_error({"a", "b", "c"}).find("'c'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_command_line_stands_above_the_environment) {
    const Variable level("TRIBUTARY_LOG_LEVEL", "error");
    const Variable format("TRIBUTARY_LOG_FORMAT", "json");
    const auto overrides = configuration_overrides(parsed({"--set", "log.level=debug", "--set", "workers=3"}));
    BOOST_TEST(overrides.at("log.level") == "debug");
    BOOST_TEST(overrides.at("log.format") == "json");
    BOOST_TEST(overrides.at("workers") == "3");
    BOOST_CHECK_THROW(configuration_overrides(parsed({"--set", "workers"})), UsageError);
    BOOST_CHECK_THROW(configuration_overrides(parsed({"--set", "=3"})), UsageError);
}

BOOST_AUTO_TEST_CASE(a_value_is_taken_as_it_is) {
    // Poco's layers would expand ${…}; a password-like value must not be looked up anywhere.
    const auto overrides = configuration_overrides(parsed({"--set", "log.file=${HOME}/a=b"}));
    BOOST_TEST(overrides.at("log.file") == "${HOME}/a=b");
}

BOOST_AUTO_TEST_CASE(the_configuration_is_looked_for_where_it_is_said) {
    BOOST_TEST(configuration_file(parsed({"--config", "there/t.yaml"})) == "there/t.yaml");
    BOOST_TEST(configuration_file(parsed({"--config", "."})) == "./tributary.yaml");
    const Variable named("TRIBUTARY_CONFIG", "elsewhere/t.yaml");
    BOOST_TEST(configuration_file(parsed({})) == "elsewhere/t.yaml");
    BOOST_TEST(configuration_file(parsed({"--config", "there/t.yaml"})) == "there/t.yaml");
}

BOOST_AUTO_TEST_SUITE_END()
