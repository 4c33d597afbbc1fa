#include "plugins/csv/content_digest.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace tributary::csv;

namespace {

struct Known {
    std::size_t size;
    const char* digest;
};

std::ostream& operator<<(std::ostream& out, const Known& known) {
    return out << known.size << " bytes";
}

// python3 -c "
// import hashlib
// for n in (0, 1, 2 << 20, (2 << 20) + 1, 4 << 20, (4 << 20) + 5):
//     b = bytes((i * 7 + i // 251) % 256 for i in range(n))
//     pieces = (b[i:i + (2 << 20)] for i in range(0, n, 2 << 20))
//     print(n, hashlib.sha256(b''.join(hashlib.sha256(p).digest() for p in pieces)).hexdigest())"
const Known known_digests[] = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {1, "1406e05881e299367766d313e26c05564ec91bf721d31726bd6e46e60689539a"},
    {2097152, "1ac1938a8533718092f54ee24236167439c4ba7e8a701090ed24d548bd4a2c52"},
    {2097153, "14f82b422a172147dd32714af5e799886a8e880a10cdd9ddb5cad2228035402c"},
    {4194304, "f85ebb2c29918e910370e5c97c5b930561fb8a9ee4c477be6514ec7e1751d4aa"},
    {4194309, "34522b9be1463a82f2382e2d67739da499a9f072730f5be4b930bc12342f08a0"},
};

std::string hex(const Digest& digest) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : digest) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value >> 4U];
        text += digits[value & 15U];
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content_digest_tests)

BOOST_DATA_TEST_CASE(a_file_is_known_by_the_digests_of_its_pieces, boost::unit_test::data::make(known_digests)) {
    std::string content(sample.size, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(static_cast<unsigned char>((i * 7 + i / 251) % 256));
    }
    ContentDigest digest;
    for (std::size_t at = 0; at < content.size(); at += ContentDigest::step_size) {
        digest.add(std::string_view(content).substr(at, ContentDigest::step_size));
    }
    BOOST_TEST(hex(digest.finish()) == sample.digest);
}

BOOST_AUTO_TEST_SUITE_END()
