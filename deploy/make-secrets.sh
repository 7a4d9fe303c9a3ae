#!/usr/bin/env bash
# Makes every secret of one installation, once: passwords, keys, access lists, certificates.
#   deploy/make-secrets.sh FOLDER HOST
# HOST is the name or address by which pages and classroom boxes reach this server. What is there is kept, so a
# second run makes only what is missing; to renew one, delete it and what is derived from it, and run again.
# FOLDER is closed to other users of this machine (0700); the files in it are readable, as containers that do
# not run as root read them.
set -euo pipefail
folder=${1:?folder} host=${2:?host}
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"

make() { # make FILE COMMAND...: the command's output becomes the file, whole or not at all
    [ -s "$1" ] && return
    "${@:2}" >".$1.partial"
    chmod 0444 ".$1.partial"
    mv ".$1.partial" "$1"
}
random() { openssl rand -hex 24; }
fernet_key() { openssl rand -base64 32 | tr '+/' '-_'; }
of() { tr -d '\n' <"$1"; }
hash_of() { of "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }

make secret_key fernet_key
make api_token random
make grafana_admin_password random
make grafana_secret_key random
for user in postgres adsum_database broker ingress_recognizer ingress_api ingress_admission; do
    make "${user}_password" random
done

make database_url printf 'postgresql+psycopg://adsum:%s@postgres:5432/adsum' "$(of adsum_database_password)"
make broker_url printf 'redis://adsum:%s@broker:6379/0' "$(of broker_password)"
tls='ssl_ca_certs=/run/secrets/ca.pem'
for user in recognizer api admission; do
    make "ingress_url_$user" printf 'rediss://%s:%s@ingress:6379/0?%s' "$user" "$(of "ingress_${user}_password")" "$tls"
done

broker_users() {
    echo "user default off resetchannels -@all"
    echo "user adsum on #$(hash_of broker_password) ~* &* +@all -@admin -@dangerous +info"
}
# The recognizer reads and settles what cameras wrote; the api only speaks to cameras; admission only lets
# cameras in and shuts them out. Cameras' own users are made when they join,
# or by `adsum-api camera admit`.
ingress_users() {
    echo "user default off resetchannels -@all"
    echo "user recognizer on #$(hash_of ingress_recognizer_password) ~v1:* resetchannels -@all +ping" \
        "+@stream +@hash +@transaction +eval +expire +del +info +time"
    echo "user api on #$(hash_of ingress_api_password) %W~v1:camera:*:commands resetchannels -@all +ping" \
        "+xadd"
    echo "user admission on #$(hash_of ingress_admission_password) ~v1:camera:*:events resetchannels -@all" \
        "+ping +xinfo|stream +del +memory|usage +acl|getuser +acl|setuser +acl|deluser +acl|save"
}
make broker_users broker_users
make ingress_users ingress_users

# An authority of our own signs what the two open ports show; a school's own certificate may take their place.
if [ ! -s ca.key ]; then
    openssl ecparam -name prime256v1 -genkey -noout -out ca.key
    rm -f ca.pem
fi
[ -s ca.pem ] || openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/CN=Adsum of $host" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
case $host in *[!0-9.]*) named="DNS:$host" ;; *) named="IP:$host" ;; esac

certificate() { # certificate NAME
    [ -s "$1.pem" ] && [ -s "$1.key" ] && return
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days 825 -out "$1.pem" \
        -extfile <(printf 'subjectAltName=DNS:%s,DNS:proxy,DNS:localhost,%s\nextendedKeyUsage=serverAuth\n' "$1" "$named") \
        2>/dev/null
    rm -f "$1.csr" ca.srl
}
certificate ingress
certificate proxy
chmod 0444 ca.pem ./*.pem ingress.key proxy.key
chmod 0400 ca.key
echo "The secrets are in $folder. Keep a copy of secret_key elsewhere: what it sealed is lost with it."
