#include "plugins/csv/checkpoint.h"

#include <boost/test/unit_test.hpp>

using namespace tributary::csv;

namespace {

Checkpoint sample() {
    Checkpoint checkpoint;
    checkpoint.sequence = 0x1122334455667788ULL;
    checkpoint.file = FileProgress{"admissions.csv", Digest(32, 'd'), Encoding::windows_1252, 1ULL << 40U, 12, 3};
    checkpoint.held.push_back(
        {FileProgress{"caf\xC3\xA9.csv", Digest(32, '\0'), Encoding::utf8, 7, 2, 0}, HoldReason::bad_rows, true});
    return checkpoint;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_tests)

BOOST_AUTO_TEST_CASE(a_checkpoint_comes_back_as_it_was) {
    BOOST_CHECK(decode_checkpoint(encode(sample())) == sample());
    BOOST_CHECK(decode_checkpoint(encode(Checkpoint())) == Checkpoint());
    BOOST_CHECK_EQUAL(sample().file->queued(), 8U);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_cut_or_lengthened_is_none) {
    const auto bytes = encode(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BOOST_CHECK(!decode_checkpoint(std::string_view(bytes).substr(0, size)));
    }
    BOOST_CHECK(!decode_checkpoint(bytes + "x"));
}

BOOST_AUTO_TEST_CASE(another_version_is_none) {
    auto bytes = encode(sample());
    bytes[4] = 2;
    BOOST_CHECK(!decode_checkpoint(bytes));
}

BOOST_AUTO_TEST_CASE(the_largest_checkpoint_is_far_from_the_limit) {
    Checkpoint checkpoint;
    for (std::size_t i = 0; i < Checkpoint::most_held; ++i) {
        checkpoint.held.push_back({FileProgress{std::string(255, 'n'), Digest(32, 'd'), Encoding::utf8, 1, 2, 0},
                                   HoldReason::changed, false});
    }
    const auto bytes = encode(checkpoint);
    BOOST_CHECK_LT(bytes.size(), 128U << 10U);
    BOOST_CHECK(decode_checkpoint(bytes) == checkpoint);
}

BOOST_AUTO_TEST_SUITE_END()
