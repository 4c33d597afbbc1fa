#include "tests/unit/deidentify/policies.h"

#include <boost/test/unit_test.hpp>

namespace tributary::test {

void check_values(const Texts& values, const Texts& expected) {
    BOOST_REQUIRE_EQUAL(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        BOOST_TEST_CONTEXT("row " << i) {
            BOOST_TEST(values[i].value_or("(null)") == expected[i].value_or("(null)"));
        }
    }
}

}  // namespace tributary::test
