# Sets up the RADIUS box: Debian's FreeRADIUS, asked by access points, with a list of hardware addresses that is netreg's.
raddb=/etc/freeradius/3.0
rm -f "$raddb"/sites-enabled/* "$raddb"/mods-enabled/*
for module in always expr; do ln -s "../mods-available/$module" "$raddb/mods-enabled/$module"; done
cp site "$raddb/sites-enabled/netreg"
cp module "$raddb/mods-enabled/authorized_macs"
secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
mkdir /etc/netreg
secret | install -o freerad -g netreg -m 440 /dev/stdin /etc/netreg/secret
install -o freerad -g freerad -m 640 /dev/stdin "$raddb/clients.conf" <<CONF
client access_points {
    ipaddr = 10.79.0.1
    secret = $(secret)
}
client netreg {
    ipaddr = 127.0.0.1
    secret = $(cat /etc/netreg/secret)
}
CONF
sed -i 's/reject_delay = 1/reject_delay = 0/' "$raddb/radiusd.conf"
# What the login may do: read the list, work in a folder that a reboot empties, and load a list.
install -d -o freerad -g netreg -m 2750 /var/lib/netreg
printf 'netreg-list\n\tReply-Message := "%s 0"\n' "$(sha256sum </dev/null | cut -c1-64)" |
    install -o freerad -g netreg -m 640 /dev/stdin /var/lib/netreg/authorized_macs
install -d -o netreg -g netreg -m 700 /run/netreg
mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
install -m 755 netreg-load /usr/local/sbin/netreg-load
install -m 440 sudoers /etc/sudoers.d/netreg
echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
install -d -o freerad -g freerad -m 755 /run/freeradius
freeradius
