#!/usr/bin/env bash
# A throw-away PostgreSQL cluster on loopback for the register's tests. Sourced by .ci/run, which wants its URL
# in CHILDLINK_TEST_POSTGRESQL. The cluster belongs to an unprivileged user, lives in a folder of its own, trusts
# connections from this machine only, and is stopped and deleted when the shell that sourced this ends.

postgresql_programs() {
    local found
    found="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
    if [ -z "$found" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null 2>&1
        found="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
    fi
    printf '%s' "$found"
}

postgresql_as_owner() {
    # PostgreSQL refuses to run as root
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=nobody --regid=nogroup --clear-groups -- env HOME="$postgresql_folder" "$@"
    else
        "$@"
    fi
}

postgresql_stop() {
    if [ -n "${postgresql_folder:-}" ]; then
        postgresql_as_owner "$postgresql_bin/pg_ctl" -D "$postgresql_folder/data" -m immediate -w stop >/dev/null 2>&1 || true
        rm -rf "$postgresql_folder"
        postgresql_folder=""
    fi
    return 0
}

postgresql_start() {
    postgresql_bin="$(postgresql_programs)"
    if [ -z "$postgresql_bin" ]; then
        echo "no PostgreSQL here, and none could be installed: the register's tests on it are skipped" >&2
        return 0
    fi
    postgresql_folder="$(mktemp -d)"
    [ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$postgresql_folder"
    trap postgresql_stop EXIT
    local port
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    (
        cd "$postgresql_folder"
        postgresql_as_owner "$postgresql_bin/initdb" -D data -U childlink --auth=trust --encoding=UTF8 \
            --locale=C --no-sync >/dev/null
        # the cluster is thrown away: nothing need outlast a power cut
        postgresql_as_owner "$postgresql_bin/pg_ctl" -D data -l log -w start >/dev/null -o \
            "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off"
    )
    export CHILDLINK_TEST_POSTGRESQL="postgresql+psycopg://childlink@127.0.0.1:$port/postgres"
}

postgresql_start
