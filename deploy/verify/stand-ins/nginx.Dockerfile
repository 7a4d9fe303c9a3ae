# Stands in for nginx:1.26-bookworm: Debian's nginx 1.22, whose stream module is a file of its own.
FROM adsum-verify/bookworm
RUN groupadd -g 101 nginx && useradd -u 101 -g 101 nginx \
    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        nginx-light libnginx-mod-stream >/dev/null \
    && rm -rf /var/lib/apt/lists/*
# The public image has the module built in; here it must be loaded first.
RUN printf '#!/bin/sh\n{ echo "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"; cat /etc/nginx/nginx.conf; } >/tmp/nginx.conf\nexec "$@" -c /tmp/nginx.conf\n' >/entrypoint \
    && chmod 0755 /entrypoint
ENTRYPOINT ["/entrypoint"]
