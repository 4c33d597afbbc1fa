#include "agent/platform/error.h"

#include <boost/test/unit_test.hpp>
#include <set>

namespace tributary {

BOOST_AUTO_TEST_SUITE(error_tests)

BOOST_AUTO_TEST_CASE(every_kind_of_error_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    const int count = static_cast<int>(ErrorCode::internal) + 1;
    for (int code = 0; code < count; ++code) {
        names.insert(to_string(static_cast<ErrorCode>(code)));
    }
    BOOST_TEST(names.size() == static_cast<std::size_t>(count));
    BOOST_TEST(names.count("") == 0U);
}

BOOST_AUTO_TEST_CASE(an_error_keeps_its_kind_and_its_text) {
    const Error error(ErrorCode::in_use, "the folder is in use");
    BOOST_TEST((error.code() == ErrorCode::in_use));
    BOOST_TEST(std::string_view(error.what()) == "the folder is in use");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
