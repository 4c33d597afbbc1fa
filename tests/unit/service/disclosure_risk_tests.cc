#include "service/agent/disclosure_risk.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/outbox/test_batches.h"

using namespace tributary;
using namespace tributary::testing;

BOOST_AUTO_TEST_SUITE(disclosure_risk_tests)

BOOST_AUTO_TEST_CASE(classes_are_rows_that_agree_in_every_quasi_identifier) {
    const KeptRows rows({{"year", text_column({"1950", "1950", "1950", "1951", "1951", "19", std::nullopt, ""})},
                         {"sex", text_column({"F", "F", "F", "M", "M", "51M", "F", "F"})},
                         {"other", text_column({"1", "2", "3", "4", "5", "6", "7", "8"})}});
    DisclosureRisk risk({"year", "sex"});
    BOOST_TEST(risk.figures(3).smallest == 0U);
    Quality quality;
    risk.add(rows.batch(quality));
    auto figures = risk.figures(3);
    BOOST_TEST(figures.rows == 8U);
    BOOST_TEST(figures.classes == 5U);  // "19" with "51M" is not "1951" with "M"; null is not an empty text
    BOOST_TEST(figures.smallest == 1U);
    BOOST_TEST(figures.unique == 3U);
    BOOST_TEST(figures.below_k == 5U);
    risk.add(rows.batch(quality));
    figures = risk.figures(3);
    BOOST_TEST(figures.smallest == 2U);
    BOOST_TEST(figures.unique == 0U);
    BOOST_TEST(figures.below_k == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
