#!/usr/bin/env bash
# Runs a command beside a throwaway PostgreSQL server, a real one with real fsync, and takes the server away afterwards:
#   tests/support/with_postgres.sh COMMAND [WORD]...
# The command finds in its environment:
#   TRIBUTARY_POSTGRES      URL of an empty database, by a socket in the file system
#   TRIBUTARY_POSTGRES_TLS  the same by TCP with TLS; the password is in the passfile that it names
#   TRIBUTARY_POSTGRES_CTL  starts and stops the server: start | stop (as a crash: nothing is written down before)
set -euo pipefail
programs=${TRIBUTARY_POSTGRES_PROGRAMS:-/usr/lib/postgresql/15/bin}
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$programs/postgres" ] || { echo "with_postgres.sh: there is no PostgreSQL 15 in $programs; packaging/dependencies.sh --test installs it" >&2; exit 1; }
folder=$(mktemp -d /tmp/tributary-postgres.XXXXXX)

# The server refuses to run as root.
as_server=()
if [ "$(id -u)" -eq 0 ]; then as_server=(runuser -u postgres --); fi
ctl="$folder/ctl"
finish() {
  "$ctl" stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap finish EXIT

"$here/../../packaging/throwaway-authority.sh" "$folder/pki" RVW >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
password=$(openssl rand -hex 16)
mkdir "$folder/server"
cp "$folder/pki/server.pem" "$folder/pki/server.key" "$folder/server/"
printf '%s\n' "$password" >"$folder/server/password"
chmod 755 "$folder" "$folder/pki"
chmod 644 "$folder/pki/authority.pem"
if [ "$(id -u)" -eq 0 ]; then chown -R postgres "$folder/server"; fi
data="$folder/server/data"
"${as_server[@]}" "$programs/initdb" -D "$data" -U ledger -A scram-sha-256 --pwfile "$folder/server/password" -E UTF8 --locale=C.UTF-8 >/dev/null
# Other authentication than passwords for whoever reaches the socket; the folder is closed to others but for root.
cat >"$folder/server/pg_hba.conf" <<HBA
local all all trust
hostssl all all 127.0.0.1/32 scram-sha-256
HBA
cat >"$folder/server/settings" <<SETTINGS
listen_addresses = 'localhost'
port = $port
unix_socket_directories = '$folder/server'
hba_file = '$folder/server/pg_hba.conf'
ssl = on
ssl_cert_file = '$folder/server/server.pem'
ssl_key_file = '$folder/server/server.key'
max_connections = 100
SETTINGS
cat "$folder/server/settings" >>"$data/postgresql.auto.conf" 2>/dev/null || "${as_server[@]}" bash -c "cat '$folder/server/settings' >>'$data/postgresql.auto.conf'"
cat >"$ctl" <<CTL
#!/usr/bin/env bash
set -euo pipefail
case "\${1:-}" in
  start) ${as_server[*]} "$programs/pg_ctl" -D "$data" -l "$folder/server/log" -w -t 60 start >/dev/null ;;
  stop) ${as_server[*]} "$programs/pg_ctl" -D "$data" -m immediate -w stop >/dev/null ;;
  *) exit 2 ;;
esac
CTL
chmod 755 "$ctl"
"$ctl" start || { cat "$folder/server/log" >&2; exit 1; }
"$programs/createdb" -h "$folder/server" -p "$port" -U ledger ledger
printf 'localhost:%s:ledger:ledger:%s\n' "$port" "$password" >"$folder/passfile"
chmod 600 "$folder/passfile"
export TRIBUTARY_POSTGRES="postgresql://ledger@/ledger?host=$folder/server&port=$port"
export TRIBUTARY_POSTGRES_TLS="postgresql://ledger@localhost:$port/ledger?sslmode=verify-full&sslrootcert=$folder/pki/authority.pem&passfile=$folder/passfile"
export TRIBUTARY_POSTGRES_CTL="$ctl"
"$@"
