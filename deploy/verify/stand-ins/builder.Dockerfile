# The builder of a site with its own package mirror: certificates, pip's configuration, and wheels at hand.
FROM python:3.11-slim-bookworm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
COPY wheels /opt/wheels
ENV PIP_FIND_LINKS=/opt/wheels
