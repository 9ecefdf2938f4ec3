#!/bin/sh
# The Debian packages of the lab and of the page tests. Installs what is missing as root; otherwise says what is skipped.
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
for pair in nft:nftables sshd:openssh-server ssh:openssh-client ip:iproute2 ping:iputils-ping conntrack:conntrack \
            setpriv:util-linux chromium:chromium \
            qemu-system-x86_64:qemu-system-x86; do
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
apt-get update -qq
# shellcheck disable=SC2086  (a list of words)
apt-get install -y -qq --no-install-recommends $missing >/dev/null
