#!/bin/sh
# Puts the list on standard input in force: one hardware address a line, with or without a label after it:
#     02-AA-00-00-00-01 # ADJ-1
# It is checked, replaces the server's file in one go, and is loaded; prints its SHA-256 once the running server itself
# tells it. Otherwise the old list stays, and standard error says why. Runs as freerad: the one line of sudoers that the
# login has. Only such lines get through, because a users file can also include files and run programs.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 027
list=/var/lib/netreg/authorized_macs
fail() { echo "Error: $*" >&2; exit 1; }
told() {
    printf 'Calling-Station-Id = "netreg-list"\nMessage-Authenticator = 0x00\n' |
        radclient -x -r 1 -t 2 -S /etc/netreg/secret 127.0.0.1 auth 2>/dev/null |
        sed -n 's/^\tReply-Message = "\(.*\)"$/\1/p'
}
exec 9>>"$list.lock"
flock -w 10 9 || fail "another list is being loaded"
new=$(mktemp "$list.XXXXXX")
trap 'rm -f "$new" "$list.old"' EXIT
head -c 4000000 >"$new"
[ -z "$(tail -c 1 "$new")" ] || fail "the last line is cut"
wrong=$(grep -anvxE '([0-9A-F]{2}-){5}[0-9A-F]{2}( # [A-Za-z0-9 ._-]{1,60})?' "$new" | head -n 1)
[ -z "$wrong" ] || fail "no hardware address in line ${wrong%%:*}"
sha=$(sha256sum <"$new" | cut -c1-64)
mark="$sha $(date +%s%N)"   # the moment tells this loading from an earlier one of the same list
printf 'netreg-list\n\tReply-Message := "%s"\n' "$mark" >>"$new"
chmod 640 "$new" && cp -p "$list" "$list.old" && sync "$new" && mv "$new" "$list"
end=$(($(date +%s) + 15))
# "hup" says that all is well within 2 s of the last one too, and does nothing: only the server's own word counts.
until [ "$(told)" = "$mark" ]; do
    if ! said=$(radmin -e 'hup authorized_macs' 2>&1) || [ "$(date +%s)" -gt "$end" ]; then
        mv "$list.old" "$list"
        fail "the server did not take the list, its file is the old one again: ${said:-it did not say so in 15 s}"
    fi
    [ "$(told)" = "$mark" ] || sleep 0.2
done
echo "$sha"
