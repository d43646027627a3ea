#!/bin/sh
# For root, `auricle` means the installed service: its memory, its models, its user.
# Everybody else has a memory and models of their own.
if [ "$(id -u)" -eq 0 ]; then
    export STATE_DIRECTORY=/var/lib/auricle CACHE_DIRECTORY=/var/cache/auricle
    # Models belong to root; everything else is done as the service would do it.
    [ "${1:-}" = models ] ||
        exec runuser -u auricle -- env HOME=/var/lib/auricle /opt/auricle/bin/auricle "$@"
fi
exec /opt/auricle/bin/auricle "$@"
