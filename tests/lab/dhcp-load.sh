#!/bin/sh
# Puts the list on standard input in force: one hardware address a line, with or without a label after it:
#     02:aa:00:00:00:01 # ADJ-1
# It is checked, replaces the server's file in one go, and is loaded; prints its SHA-256 once dnsmasq has said in its log
# that it read the file. Otherwise the old list stays, and standard error says why. Runs as dnsmasq: the one line of
# sudoers that the login has. Only such lines get through, because dnsmasq crashes on others.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 027
list=/var/lib/netreg/hosts log=/var/log/netreg-dhcp.log pid=/run/dnsmasq/dnsmasq.pid
fail() { echo "Error: $*" >&2; exit 1; }
back() { mv "$list.old" "$list"; kill -HUP "$(cat "$pid")" 2>/dev/null || true; fail "the old list stays: $*"; }
exec 9>>"$list.lock"
flock -w 10 9 || fail "another list is being loaded"
new=$(mktemp "$list.XXXXXX")
trap 'rm -f "$new" "$list.old"' EXIT
head -c 4000000 >"$new"
[ -z "$(tail -c 1 "$new")" ] || fail "the last line is cut"
wrong=$(grep -anvxE '([0-9a-f]{2}:){5}[0-9a-f]{2}( # [A-Za-z0-9 ._-]{1,60})?' "$new" | head -n 1)
[ -z "$wrong" ] || fail "no hardware address in line ${wrong%%:*}"
said=$(sed 's/ #.*//; s/^/dhcp-host=/' "$new" | dnsmasq --test -C - 2>&1) || fail "dnsmasq: $said"
sha=$(sha256sum <"$new" | cut -c1-64)
chmod 640 "$new" && cp -p "$list" "$list.old" && sync "$new" && mv "$new" "$list"
# A signal has no answer. The log has: complaints about lines of the list, and then that it was read.
seen=$(wc -c <"$log") end=$(($(date +%s) + 15))
kill -HUP "$(cat "$pid")" 2>/dev/null || back "dnsmasq does not run"
until said=$(tail -c +$((seen + 1)) "$log") && echo "$said" | grep -q " read $list\$"; do
    [ "$(date +%s)" -le "$end" ] || back "dnsmasq did not say that it read it"
    sleep 0.05
done
! echo "$said" | grep -q " of $list\$" || back "$(echo "$said" | grep -m 1 " of $list\$")"
echo "$sha" >"$list.loaded.new" && mv "$list.loaded.new" "$list.loaded"
echo "$sha"
