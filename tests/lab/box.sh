# Process 1 of a bed's box: gives it a disk of its own, runs the bed's setup script, starts sshd, then only reaps.
# Runs inside fresh mount, UTS and PID namespaces. Usage: box.sh NAME STATE KEYS LOGIN ADDRESS CLIENT SETUP [FILE...]
# SETUP is sourced with the FILEs in the working directory. Everything the box writes lands in memory and goes when the
# box goes; the host's files are only read.
set -eu
PATH=$PATH:/usr/sbin:/sbin
name=$1 state=$2 keys=$3 login=$4 address=$5 client=$6
shift 6
hostname "$name"
mount --make-rprivate /
mount -t tmpfs -o size=64m,mode=755 tmpfs "$state/box"
cp "$keys/host_key" "$keys/client_key.pub" "$@" "$state/box"
cd "$state/box"   # relative from here on: the overlays may cover the way we came
for tree in etc var; do
    mkdir "$tree" "$tree.work"
    mount -t overlay -o "lowerdir=/$tree,upperdir=$tree,workdir=$tree.work" overlay "/$tree"
done
for dir in run tmp root; do mount -t tmpfs -o size=64m tmpfs "/$dir"; done
chmod 1777 /tmp && chmod 700 /root && mkdir -p /run/sshd
id -u "$login" >/dev/null 2>&1 || useradd --no-create-home --home-dir / --shell /bin/sh "$login"
usermod --password '*' "$login"   # sshd refuses a locked account even with a key
install -m 600 host_key /etc/ssh/netreg_host_key
# The login may run commands and nothing else, and only from the address that manages it.
echo "restrict,from=\"$client\" $(cat client_key.pub)" >/etc/ssh/netreg_authorized_keys
cat >/etc/ssh/sshd_config <<CONF
ListenAddress $address:22
HostKey /etc/ssh/netreg_host_key
AuthorizedKeysFile /etc/ssh/netreg_authorized_keys
AllowUsers $login
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
MaxStartups 100:30:200
CONF
. "./${1##*/}"
"$(command -v sshd)"
exec </dev/null
trap : CHLD TERM
while :; do sleep 86400 & wait $! || true; done
