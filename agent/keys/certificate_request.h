#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

using X509_REQ = struct X509_req_st;

namespace tributary {

/// A PKCS#10 certificate request (RFC 2986) that somebody sent. Immutable; may be shared between threads.
class CertificateRequest {
  public:
    static constexpr std::size_t longest_der = 16U << 10U;

    /// Throws Error(input) for what is no request, for a key that is not EC P-256, and for a request that the key in it
    /// has not signed: then who sent it has not shown that the key is its own.
    static CertificateRequest from_der(std::string_view der);

    X509_REQ* get() const noexcept { return request_.get(); }

  private:
    explicit CertificateRequest(std::shared_ptr<X509_REQ> request) : request_(std::move(request)) {}
    std::shared_ptr<X509_REQ> request_;
};

}  // namespace tributary
