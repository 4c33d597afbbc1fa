#define BOOST_TEST_MODULE tributary
#include <boost/test/included/unit_test.hpp>
