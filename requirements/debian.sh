#!/bin/sh
# The Debian packages of the demo's lab, with the word "test" those of every bed and of the page tests too, and with
# "bench" also the tools that are measured beside netreg.
# Installs what is missing as root; otherwise says what is skipped.
set -eu
PATH=$PATH:/usr/sbin:/sbin
pairs="nft:nftables sshd:openssh-server ssh:openssh-client ip:iproute2 ping:iputils-ping conntrack:conntrack
       setpriv:util-linux"
[ -z "${1:-}" ] || pairs="$pairs chromium:chromium curl:curl freeradius:freeradius radclient:freeradius-utils
       dnsmasq:dnsmasq-base udhcpc:udhcpc busybox:busybox sudo:sudo useradd:passwd qemu-system-x86_64:qemu-system-x86
       nginx:nginx-light caddy:caddy"
[ "${1:-}" != bench ] || pairs="$pairs arp-scan:arp-scan nmap:nmap arpwatch:arpwatch tcpdump:tcpdump
       tcpreplay:tcpreplay"
missing=
for pair in $pairs; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "Not root, so these Debian packages were not installed:$missing."
    echo "What needs them is skipped, or simulated; to have it: sudo apt-get install$missing"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is no Debian; please install:$missing. What needs them is skipped, or simulated."
    exit 0
fi
echo "Installing Debian packages:$missing ..."
export DEBIAN_FRONTEND=noninteractive
# These are programs for the lab, not services for this machine: what is installed here is not started.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { trap 'rm -f "$policy"' EXIT; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; }
apt-get update -qq
# shellcheck disable=SC2086  (a list of words)
apt-get install -y -qq --no-install-recommends $missing >/dev/null
for service in freeradius arpwatch nginx caddy; do
    case $missing in *" $service"*) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
done
