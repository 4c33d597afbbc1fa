# shellcheck shell=bash
# For scripts that try Tributary on one computer: a throwaway authority, a repository on loopback and a site beside it. Source it; NOT FOR PRODUCTION.
#   make_repository DIR SITE          certificates and configuration of a repository in DIR
#   start_repository BIN DIR          starts it; sets repository_process; waits until it listens
#   make_site BIN DIR REPOSITORY SITE makes a site's folder with certificates and a linkage key; its tributary.yaml and policies are the caller's
#   site_head SITE PORT               prints the part of tributary.yaml that every site has

free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  echo "no free port" >&2
  return 1
}

make_repository() {
  local dir=$1 site=$2
  "$(dirname "${BASH_SOURCE[0]}")/throwaway-authority.sh" "$dir/certificates" "$site" >/dev/null
  repository_port=$(free_port)
  cat >"$dir/repository.yaml" <<YAML
listen: 127.0.0.1:$repository_port
folders: {store: store, landing: landing}
ledger: ledger.db
authority: certificates/authority.pem
certificate: certificates/server.pem
private_key: certificates/server.key
signing_certificate: certificates/signing.pem
signing_key: certificates/signing.key
encryption_certificate: certificates/encryption.pem
decryption_key: certificates/encryption.key
log: {to: file, file: repository.log, level: info}
YAML
}

start_repository() {
  local bin=$1 dir=$2
  "$bin/tributary-repository" serve --config "$dir/repository.yaml" >"$dir/serve.log" 2>&1 &
  repository_process=$!
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$repository_port") 2>/dev/null; then return; fi
    kill -0 "$repository_process" 2>/dev/null || break
    sleep 0.1
  done
  echo "the repository did not start:" >&2
  cat "$dir/serve.log" >&2
  return 1
}

make_site() {
  local bin=$1 dir=$2 repository=$3 site=$4
  "$bin/tributary" init "$dir" --site "$site" >/dev/null
  "$(dirname "${BASH_SOURCE[0]}")/throwaway-authority.sh" --sign "$repository/certificates" "$site" "$dir/certificates/site.csr" \
    "$dir/certificates/site.pem" >/dev/null
  cp "$repository/certificates/authority.pem" "$dir/certificates/authority.pem"
  cp "$repository/certificates/encryption.pem" "$dir/certificates/repository-encryption.pem"
  cp "$repository/certificates/signing.pem" "$dir/certificates/repository-signing.pem"
  "$bin/tributary" key create region-2026 --output "$dir/keys" >/dev/null
}

site_head() {
  local site=$1 port=$2
  cat <<YAML
tributary: 1
site: "$site"
folders: {data: data, keys: keys}
repository:
  url: https://localhost:$port
  authority: certificates/authority.pem
  certificate: certificates/site.pem
  private_key: certificates/site.key
  encryption_certificate: certificates/repository-encryption.pem
  signing_certificate: certificates/repository-signing.pem
log: {to: file, file: logs/tributary.log, level: info}
YAML
}
