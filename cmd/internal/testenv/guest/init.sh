#!/bin/busybox sh
# The first process of a guest: see the package's comment. It runs the scripts that come
# over a virtio port, each on a line of its own, and says what came of them. (A terminal
# would lose what is not read in time.)
# shellcheck shell=dash
/bin/busybox mkdir -p /proc /sys /dev /etc /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs -o mode=1777 shm /dev/shm
chmod 1777 /tmp
for module in /modules/*; do
	insmod "$module"
done
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
exec <>/dev/vport1p1 >&0 2>/dev/console
mkdir /scripts
echo ready
while read -r id script; do
	(
		echo "$script" | base64 -d >"/scripts/$id"
		sh "/scripts/$id" </dev/null >"/scripts/$id.out" 2>"/scripts/$id.err"
		echo "$id $? $(base64 -w 0 "/scripts/$id.out"). $(base64 -w 0 "/scripts/$id.err")." >"/scripts/$id.all"
		until mkdir /scripts/lock 2>/dev/null; do
			usleep 10000
		done
		cat "/scripts/$id.all"
		rmdir /scripts/lock
	) &
done
