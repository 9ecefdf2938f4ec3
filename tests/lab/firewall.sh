# Sets up the firewall's box: its rules, as an IT office loads them.
rm -rf /etc/nftables.d && mkdir -p /etc/nftables.d
cp gate.nft /etc/nftables.conf
nft -f /etc/nftables.conf
