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
//     print(n, hashlib.sha256(b'admissions\0' + b''.join(hashlib.sha256(p).digest() for p in pieces)).hexdigest())"
const Known known_digests[] = {
    {0, "80daac66887df77336237b76734c15a354c56a731f81584ba70acc693a6741b0"},
    {1, "fce8c08b764cbb4cb68266212034401de637693b8f5e1f2df155c3015b27b262"},
    {2097152, "a293d11faa9ff671df5469e21bc094953d44a7c76b93ca6c2381c5fd14b372cb"},
    {2097153, "9d129805891680da4716e55f86f00fa0e3220eb30e9ce68f0324b35a55e5c5ff"},
    {4194304, "a2f696e8842169bf5d9ae43b3b0502d2fd5bb191abf0c13d943942a15faeb608"},
    {4194309, "cea762349c84721d3b3864e45f798b7d7af0e55cd5a3eca4164773094a5fcdeb"},
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
    ContentDigest digest("admissions");
    for (std::size_t at = 0; at < content.size(); at += ContentDigest::step_size) {
        digest.add(std::string_view(content).substr(at, ContentDigest::step_size));
    }
    BOOST_TEST(hex(digest.finish()) == sample.digest);
}

BOOST_AUTO_TEST_CASE(the_same_content_in_two_streams_is_two_files) {
    ContentDigest one("admissions");
    ContentDigest other("discharges");
    one.add("a,b\n1,2\n");
    other.add("a,b\n1,2\n");
    BOOST_TEST(hex(one.finish()) != hex(other.finish()));
}

BOOST_AUTO_TEST_SUITE_END()
