#include "service/repository/service_configuration.h"

namespace tributary {

std::string example_service_configuration() {
    return R"yaml(# tributary-repository: where sites deliver to. Paths are taken from this file's folder.
# Start with:  tributary-repository serve --config repository.yaml

folders:
  # Sealed chunks and their signed manifests, as they came: site=.../stream=.../<id>.cms and .jws.
  # The originals; back them up together with the ledger.
  store: store
  # Opened rows: site=.../stream=.../date=.../<id>.ndjson. Pseudonymised, but personal data all the same.
  landing: landing

# The book of what was acknowledged (SQLite). On a local disk.
ledger: ledger.sqlite
# Or a PostgreSQL database of its own (version 12 or later, encoding UTF8), which the service's user owns. Then several
# processes may receive behind one address: all with the same ledger, 'store' and 'landing' (on a file system that they
# share, with locks: local, NFS 4) and the same keys. One of them opens and lands; when it goes, another does. A standby
# that may take the server's place has to be a synchronous one: what was acknowledged must be there too.
# The password stands in a file that only the service's account can read, as one line HOST:PORT:DATABASE:USER:PASSWORD.
# ledger: "postgresql://tributary@db.example.nhs.uk/ledger?sslmode=verify-full&sslrootcert=db-authority.pem&passfile=ledger.pgpass"

# Address and port. 0.0.0.0:8443 for all interfaces.
listen: "127.0.0.1:8443"

# Numbers for a monitoring system on this computer, in the Prometheus text format: GET http://127.0.0.1:9464/metrics.
# metrics: "127.0.0.1:9464"

# Sites are let in with a certificate from this authority, and no other; its common name is the site's ODS code.
# To try it out: packaging/throwaway-authority.sh makes all seven files.
authority: certificates/authority.pem

# Which sites may deliver which streams. Without it, every site with a certificate may deliver every stream. The file is
# looked at again whenever it has changed; what it does not name is shut out at once, and waits in the site's queue:
#   sites:
#     RVW: [admissions, admissions_linkage]
#     RXF: all
# sites: sites.yaml

# What the repository shows of itself on the network (TLS).
certificate: certificates/server.pem
private_key: certificates/server.key

# Receipts are signed with this key (EC P-256). Sites hold the certificate.
signing_certificate: certificates/signing.pem
signing_key: certificates/signing.key
# When another key takes its place, the one of before goes here: what it has signed stays verifiable, and agents, which ask
# hourly, believe the new one because the old one says so. Once every site has asked, the old private_key may go.
# earlier_signing_keys:
#   - {certificate: certificates/signing-2025.pem, private_key: certificates/signing-2025.key}

# Chunks are sealed to this certificate; the key opens them. Whoever has the key reads the rows. Leave the key out where
# chunks are only received: `tributary-repository open`, with a configuration that has it, opens and lands them under
# another account, or on another computer that reaches store and ledger. Agents learn of another certificate within the
# hour, if it is from the authority; keys of before stay until nothing is on its way that was sealed to them.
encryption_certificate: certificates/encryption.pem
decryption_key: certificates/encryption.key
# earlier_decryption_keys:
#   - {certificate: certificates/encryption-2025.pem, private_key: certificates/encryption-2025.key}

# Folders from which chunks are taken too, for sites that reach a network share alone (`repository: {directory: ...}`).
# Who may write there is not to be trusted: what a site has not signed is not taken.
# directories: [/srv/share]

# Sites get their certificates here, and renew them by themselves (EST, RFC 7030): `tributary-repository token SITE` makes
# what a site needs for the first one. `certificate` is one of those in `authority`; keep its key where nobody else reads.
# enrolment:
#   listen: "0.0.0.0:8444"
#   certificate: certificates/authority.pem
#   private_key: certificates/authority.key
#   lifetime_days: 90      # sites renew after two thirds of it

limits:
  sealed_mib: 8          # a chunk on its way; agents send at most 4
  plain_mib: 4096        # a chunk when it is opened
  connections: 32        # at one time; each may hold one sealed chunk in memory
  connections_per_site: 16   # of those, for one site, or for an address that has not shown a certificate yet
  gib_per_site_and_day: 500  # that a site may deliver within 24 hours; then it has to wait, and loses nothing
  uploads_per_site: 64   # begun and not finished; beyond it the oldest begins anew
  timeout_seconds: 30    # a connection that gives no byte for so long is closed

log:
  to: terminal           # terminal, file or none
  level: info            # error, warning, info or debug
  format: text           # text or json
  # file: repository.log
)yaml";
}

}  // namespace tributary
