# Sets up the DHCP box: dnsmasq with a list of hardware addresses that is netreg's.
cp dhcp.conf /etc/dnsmasq.conf
install -o dnsmasq -m 640 /dev/null /var/log/netreg-dhcp.log
mkdir /run/dnsmasq
# What the login may do: read the list, work in a folder that a reboot empties, and load a list.
install -d -o dnsmasq -g netreg -m 2750 /var/lib/netreg
install -o dnsmasq -g netreg -m 640 /dev/null /var/lib/netreg/hosts
install -d -o netreg -g netreg -m 700 /run/netreg
mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
install -m 755 netreg-load /usr/local/sbin/netreg-load
install -m 440 sudoers /etc/sudoers.d/netreg
echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
dnsmasq -C /etc/dnsmasq.conf
