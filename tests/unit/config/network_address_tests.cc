#include "agent/config/network_address.h"

#include <boost/test/unit_test.hpp>

using namespace tributary;

BOOST_AUTO_TEST_SUITE(network_address_tests)

BOOST_AUTO_TEST_CASE(a_url_has_a_host_and_a_port) {
    BOOST_TEST(address_of("https://repository.example", 443).host == "repository.example");
    BOOST_TEST(address_of("https://repository.example", 443).port == 443U);
    BOOST_TEST(address_of("https://repository.example:8443", 443).port == 8443U);
    BOOST_TEST(address_of("http://[fd00::1]:3128", 0).host == "fd00::1");
    BOOST_TEST(address_of("http://[fd00::1]:3128", 0).port == 3128U);
}

BOOST_AUTO_TEST_CASE(hosts_are_among_names_and_ends_of_names) {
    const std::vector<std::string> names = {"repository.example", ".nhs.uk", "[fd00::1]", "10.0.0.1"};
    for (const char* host : {"repository.example", "Repository.EXAMPLE", "a.repository.example", "nhs.uk", "rvw.nhs.uk",
                             "fd00::1", "10.0.0.1"}) {
        BOOST_TEST(is_among_hosts(host, names), host);
    }
    for (const char* host : {"example", "myrepository.example", "nhs.uk.example", "evilnhs.uk", "fd00::2", ""}) {
        BOOST_TEST(!is_among_hosts(host, names), host);
    }
    BOOST_TEST(is_among_hosts("anything", {"*"}));
    BOOST_TEST(!is_among_hosts("anything", {}));
}

BOOST_AUTO_TEST_SUITE_END()
