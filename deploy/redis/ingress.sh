#!/bin/sh
# Starts the ingress server. The services' users come from the secrets at each start, so that a renewed password
# holds; cameras' users were made while it ran (`adsum-api camera admit`) and stay.
set -eu
umask 077
{
    cat /run/secrets/ingress_users
    if [ -f /data/users.acl ]; then grep '^user camera-' /data/users.acl || true; fi
} >/data/users.acl.new
mv /data/users.acl.new /data/users.acl
exec redis-server /etc/adsum/ingress.conf
