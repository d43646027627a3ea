# Becomes a systemd of its own over a copy-on-write view of this machine's root.
# Runs as the first process of fresh pid, mount, uts, ipc and cgroup namespaces; see box.py.
#   box.sh FOLDER SOUND PATH...    SOUND: shared with the host; PATHS: seen copy-on-write, too
# shellcheck shell=bash
set -euo pipefail
folder=$1 sound=$2
shift 2

mount -t tmpfs -o mode=755 tmpfs "$folder"
new=$folder/root
mkdir "$new"

# Makes a folder of the host visible at `$2`; what is written there stays in memory.
layer() {
    local scratch
    scratch=$(mktemp -d "$folder/layer.XXXX")
    chmod 755 "$scratch"
    mkdir -p "$scratch/upper" "$scratch/work" "$2"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch/upper,workdir=$scratch/work" "$2"
}

layer / "$new"
for path in "$@"; do
    layer "${path%%=*}" "$new${path##*=}"
done

cd "$new"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir -p ".$sound"
mount --bind "$sound" ".$sound"

if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 cgroups sys/fs/cgroup
    for controller in unified systemd memory cpu cpuacct pids; do
        [[ -d /sys/fs/cgroup/$controller ]] || continue
        mkdir "sys/fs/cgroup/$controller"
        case $controller in
        unified) mount -t cgroup2 cgroup2 "sys/fs/cgroup/$controller" ;;
        systemd) mount -t cgroup -o none,name=systemd cgroup "sys/fs/cgroup/$controller" ;;
        *) mount -t cgroup -o "$controller" cgroup "sys/fs/cgroup/$controller" ;;
        esac
    done
fi

# Nothing of what the host has enabled runs in here, and nothing that belongs to real hardware.
rm -rf etc/systemd/system/*.wants usr/sbin/policy-rc.d etc/machine-id
ln -sf /lib/systemd/system/basic.target etc/systemd/system/default.target
for unit in systemd-udevd systemd-udev-trigger systemd-modules-load systemd-networkd \
    systemd-resolved systemd-timesyncd systemd-sysctl; do
    ln -sf /dev/null "etc/systemd/system/$unit.service"
done
# The repository may lie in /tmp, which would be emptied or hidden.
ln -sf /dev/null etc/systemd/system/tmp.mount
ln -sf /dev/null etc/tmpfiles.d/tmp.conf
touch etc/machine-id
hostname auricle-box

mkdir -p .host
pivot_root . .host
cd /
umount -l /.host
rmdir /.host
mount --make-rshared /
exec env -i container=box PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --show-status=no --log-target=journal
