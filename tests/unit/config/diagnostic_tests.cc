#include "agent/config/diagnostic.h"

#include <boost/test/unit_test.hpp>

namespace tributary {

BOOST_AUTO_TEST_SUITE(diagnostic_tests)

BOOST_AUTO_TEST_CASE(a_place_is_written_as_far_as_it_is_known) {
    BOOST_TEST(to_string(Location{"a.yaml", 3, 7}) == "a.yaml:3:7");
    BOOST_TEST(to_string(Location{"a.yaml", 3, 0}) == "a.yaml:3");
    BOOST_TEST(to_string(Location{"a.yaml", 0, 0}) == "a.yaml");
    BOOST_TEST(to_string(Location{"a.yaml", 0, 7}) == "a.yaml");
    BOOST_TEST(to_string(Location{"", 3, 7}) == "3:7");
    BOOST_TEST(to_string(Location{}) == "");
}

BOOST_AUTO_TEST_CASE(a_diagnostic_is_one_line_as_compilers_write_it) {
    BOOST_TEST(to_string(Diagnostic{Severity::error, {"a.yaml", 3, 7}, "wrong"}) == "a.yaml:3:7: error: wrong");
    BOOST_TEST(to_string(Diagnostic{Severity::warning, {}, "odd"}) == "warning: odd");
}

BOOST_AUTO_TEST_CASE(warnings_alone_stop_nothing) {
    Diagnostics diagnostics;
    diagnostics.warning({"a.yaml", 1, 1}, "odd");
    BOOST_TEST(!diagnostics.has_errors());
    BOOST_CHECK_NO_THROW(diagnostics.throw_if_errors());
}

BOOST_AUTO_TEST_CASE(every_error_is_in_the_exception_a_line_each) {
    Diagnostics diagnostics;
    diagnostics.error({"a.yaml", 1, 2}, "one");
    Diagnostics more;
    more.warning({"a.yaml", 3, 4}, "odd");
    more.error({"a.yaml", 5, 6}, "two");
    diagnostics.append(more);
    BOOST_TEST(diagnostics.error_count() == 2U);
    BOOST_CHECK_EXCEPTION(diagnostics.throw_if_errors(), ConfigurationError, [](const ConfigurationError& error) {
        return error.code() == ErrorCode::configuration && error.diagnostics().all().size() == 3 &&
               std::string(error.what()) == "a.yaml:1:2: error: one\na.yaml:3:4: warning: odd\na.yaml:5:6: error: two";
    });
}

BOOST_AUTO_TEST_CASE(diagnostics_can_be_appended_to_themselves) {
    Diagnostics diagnostics;
    diagnostics.error({}, "one");
    diagnostics.append(diagnostics);
    BOOST_TEST(diagnostics.error_count() == 2U);
    BOOST_TEST(diagnostics.all().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
