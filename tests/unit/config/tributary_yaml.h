#pragma once

#include <stdexcept>
#include <string>

namespace tributary::test {

/// A configuration that has every key, for tests that change one thing of it.
inline const std::string& full_configuration() {
    static const std::string text = R"(tributary: 1
site: RVW
time_zone: Europe/London
folders: {data: queue, plugins: /opt/tributary/plugins, keys: keys}
workers: 4
repository:
  url: https://repository.example:8443
  authority: certificates/authority.pem
  certificate: certificates/site.pem
  private_key: certificates/site.key
  encryption_certificate: certificates/encryption.pem
  signing_certificate: certificates/signing.pem
  connect_timeout: 5s
  answer_timeout: 2m
  proxy: {url: "http://proxy.example:3128", user: rvw, password: "file:secrets/proxy", no_proxy: [.nhs.uk, localhost]}
upload:
  schedule: {every: 5m}
  windows: ["20:00-06:00"]
  connections: 2
  bandwidth: 20 Mbit/s
log: {to: file, format: json, level: debug, file: logs/a.log, rotate: 20 MiB, keep: 3}
sources:
  hospital:
    plugin: csv
    schedule: {at: ["02:00", "14:00"]}
    options: {folder: incoming, settle: 5s}
    streams:
      admissions: {policy: policies/admissions.yaml, format: csv, options: {files: "admissions*.csv"}}
      discharges: {policy: policies/discharges.yaml}
  community:
    plugin: csv
    schedule: {cron: "30 1 * * mon-fri"}
    streams:
      contacts: {policy: policies/contacts.yaml}
require_approval: true
approvers: [certificates/caldicott.pem, certificates/governance.pem]
queue: {quota: 50 GiB, keep_free: 2 GiB, reserve: 16 MiB, open_chunk_age: 90s}
)";
    return text;
}

/// The text with one part of it, which must be there, replaced.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos) {
        throw std::logic_error("the text to change has no '" + from + "'");
    }
    return text.replace(at, from.size(), to);
}

}  // namespace tributary::test
