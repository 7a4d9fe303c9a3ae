#!/usr/bin/env bash
# Makes stand-ins for the public base images that the Dockerfiles and docker-compose.yml name, from Debian's own
# packages, for a machine that can reach Debian and not the public image registries. As root, with debootstrap.
# They are called what they stand in for, so nothing else changes; never run them for a school.
#   deploy/verify/stand_ins.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?a folder to work in}
export DOCKER_BUILDKIT=0 # Debian's docker.io has the classic builder alone
mkdir -p "$folder"

there() { docker image inspect "$1" >/dev/null 2>&1; }

base() { # base SUITE TAG PACKAGES: a minimal Debian with these packages
    there "$2" && return
    rm -rf "$folder/$1"
    debootstrap --variant=minbase --include="$3" "$1" "$folder/$1" >"$folder/$1.log"
    # As Debian's slim images: nothing that is only read, neither now nor of what is installed later.
    (cd "$folder/$1" && rm -rf var/cache/apt/* var/lib/apt/lists/* usr/share/{doc,man,info,locale}/*)
    cp "$here/stand-ins/slim.dpkg" "$folder/$1/etc/dpkg/dpkg.cfg.d/slim"
    cp "$here/stand-ins/slim.apt" "$folder/$1/etc/apt/apt.conf.d/slim"
    tar -C "$folder/$1" -c . | docker import - "$2" >/dev/null
    rm -rf "${folder:?}/$1"
}

stand_in() { # stand_in TAG NAME: stand-ins/NAME.Dockerfile
    there "$1" || docker build -q -t "$1" -f "$here/stand-ins/$2.Dockerfile" "$here/stand-ins" >/dev/null
    echo "$1"
}

base bookworm adsum-verify/bookworm ca-certificates,netbase,tzdata
base trixie adsum-verify/trixie ca-certificates,netbase,tzdata
stand_in python:3.11-slim-bookworm python
stand_in redis:7.2-bookworm redis
stand_in nginx:1.26-bookworm nginx
stand_in pgvector/pgvector:pg17 postgres
stand_in prom/prometheus:v2.53.2 prometheus

# What builds on this machine need to reach its package index goes into the builder, and into no image of ours.
rm -rf "$folder/builder" && mkdir -p "$folder/builder/wheels"
cp /etc/ssl/certs/ca-certificates.crt "$folder/builder/"
if [ -f /etc/pip.conf ]; then cp /etc/pip.conf "$folder/builder/"; else : >"$folder/builder/pip.conf"; fi
if [ -n "${PIP_FIND_LINKS:-}" ] && [ -d "$PIP_FIND_LINKS" ]; then cp "$PIP_FIND_LINKS"/*.whl "$folder/builder/wheels/"; fi
docker build -q -t adsum-verify/builder -f "$here/stand-ins/builder.Dockerfile" "$folder/builder" >/dev/null
echo adsum-verify/builder
