#!/usr/bin/env bash
# Makes a throwaway certificate authority and everything that a repository on this machine needs, with plain openssl.
# NOT FOR PRODUCTION: the authority's key lies unprotected in DIR. For the quickstart and for tests.
#
#   throwaway-authority.sh DIR SITE [HOST]     makes DIR and in it:
#       authority.pem, authority.key            the authority
#       server.pem, server.key                  TLS of the repository, for localhost, 127.0.0.1, ::1 and HOST
#       signing.pem, signing.key                signs receipts (EC P-256)
#       encryption.pem, encryption.key          chunks are sealed to it (EC P-256)
#       site.ext                                what the certificate of SITE may be used for
#   throwaway-authority.sh --sign DIR SITE REQUEST CERTIFICATE
#       signs the certificate request REQUEST (PEM) that SITE made; its common name must be SITE
#   throwaway-authority.sh --site DIR SITE FOLDER
#       makes a key and a certificate for SITE in FOLDER: site.key, site.pem
set -euo pipefail
umask 077

days=60

fail() {
    echo "throwaway-authority.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,16s/^# \{0,1\}//p' "$0"
    exit 2
}

check_site() {
    [[ $1 =~ ^[A-Z0-9]{2,12}$ ]] || fail "'$1' is not the code of a site (2 to 12 capital letters and digits)"
}

quiet() {
    local output
    output=$(openssl "$@" 2>&1) || fail "openssl $1 failed: $output"
}

new_key() {
    quiet genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

# certify NAME COMMON-NAME EXTENSIONS: DIR/NAME.key and DIR/NAME.pem, signed by the authority
certify() {
    local name=$1 common_name=$2 extensions=$3
    new_key "$folder/$name.key"
    quiet req -new -key "$folder/$name.key" -subj "/O=Throwaway, not for production/CN=$common_name" -out "$folder/$name.csr"
    printf '%s\n' "$extensions" >"$folder/$name.ext"
    sign "$folder/$name.csr" "$folder/$name.ext" "$folder/$name.pem"
    rm "$folder/$name.csr"
}

# sign REQUEST EXTENSION-FILE CERTIFICATE
sign() {
    quiet x509 -req -in "$1" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -set_serial "0x$(openssl rand -hex 16)" \
        -days "$days" -sha256 -extfile "$2" -out "$3"
    chmod 644 "$3"
}

make_authority() {
    local host=$1 names='DNS:localhost,IP:127.0.0.1,IP:::1'
    if [[ -n $host ]]; then
        if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then names+=",IP:$host"; else names+=",DNS:$host"; fi
    fi
    mkdir -p "$folder"
    [[ ! -e $folder/authority.key ]] || fail "$folder holds an authority already; take another folder"
    new_key "$folder/authority.key"
    quiet req -x509 -new -key "$folder/authority.key" -sha256 -days "$days" -out "$folder/authority.pem" \
        -subj "/O=Throwaway, not for production/CN=Tributary throwaway authority" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign
    chmod 644 "$folder/authority.pem"
    certify server "${host:-localhost}" "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=$names"
    certify signing "Tributary throwaway receipts" "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature"
    certify encryption "Tributary throwaway encryption" "basicConstraints=critical,CA:FALSE
keyUsage=critical,keyAgreement"
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature,keyAgreement" "extendedKeyUsage=clientAuth" \
        >"$folder/site.ext"
    rm "$folder/server.ext" "$folder/signing.ext" "$folder/encryption.ext"
}

sign_request() {
    local site=$1 request=$2 certificate=$3 subject
    [[ -e $folder/authority.key ]] || fail "there is no authority in $folder; make it first: throwaway-authority.sh $folder $site"
    quiet req -in "$request" -noout -verify
    subject=$(openssl req -in "$request" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= *//p')
    [[ $subject == "$site" ]] || fail "the request is of '$subject', not of site $site; nothing was signed"
    sign "$request" "$folder/site.ext" "$certificate"
}

case ${1:-} in
    --sign)
        [[ $# -eq 5 ]] || usage
        folder=$2
        check_site "$3"
        sign_request "$3" "$4" "$5"
        ;;
    --site)
        [[ $# -eq 4 ]] || usage
        folder=$2
        check_site "$3"
        mkdir -p "$4"
        new_key "$4/site.key"
        quiet req -new -key "$4/site.key" -subj "/O=Throwaway, not for production/CN=$3" -out "$4/site.csr"
        sign_request "$3" "$4/site.csr" "$4/site.pem"
        rm "$4/site.csr"
        ;;
    -* | '')
        usage
        ;;
    *)
        [[ $# -eq 2 || $# -eq 3 ]] || usage
        folder=$1
        check_site "$2"
        make_authority "${3:-}"
        echo "made a throwaway authority in $folder (NOT FOR PRODUCTION)"
        ;;
esac
