#!/usr/bin/env bash
# The shipped unit under a real systemd: PID 1 of namespaces of its own, on an overlay over the root
# of this machine, with a network of its own. The machine's own services are not touched: nothing is
# written but a cgroup and a temporary directory, which are removed however this ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

skip() {
    echo "skipped: $*"
    exit 0
}

[[ $(id -u) -eq 0 ]] || skip "namespaces and mounts need root"
for needed in unshare nsenter pivot_root systemctl journalctl systemd-analyze curl cargo; do
    command -v "$needed" >/dev/null || skip "there is no $needed"
done
for init in /usr/lib/systemd/systemd /lib/systemd/systemd ''; do
    [[ ! -x $init ]] || break
done
[[ -n $init ]] || skip "there is no systemd to boot"
hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[[ -n $hierarchy ]] || skip "no unified cgroup hierarchy is mounted"

cargo build --quiet --locked
program="$(cargo metadata --format-version 1 --no-deps --locked |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/todswitch"

place=$(mktemp -d)
group=$hierarchy/todswitch-test-$$
outer=
finish() {
    local code=$?
    trap - EXIT INT TERM
    # Its namespace dies with its PID 1, and with the namespace every process and mount in it.
    if [[ -n $outer ]]; then
        kill -KILL "$outer" 2>/dev/null || true
        # Reaped here, so that the shell does not tell of it.
        wait "$outer" 2>/dev/null || true
    fi
    for _ in $(seq 50); do
        [[ -d $group ]] || break
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
    rm -rf "$place"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkdir "$group" 2>/dev/null || skip "no cgroup can be made in $hierarchy"

# Runs in the new namespaces, up to the point where systemd takes over.
cat >"$place/become" <<'END'
set -euo pipefail
init=$1 place=$2 program=$3 systemd=$4
mount -t tmpfs -o mode=755 tmpfs "$place"
cd "$place"
mkdir above work root
mount -t overlay -o lowerdir=/,upperdir=above,workdir=work overlay root
cd root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
# As the container interface has it: what belongs to the machine is not written to.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
rm -rf etc/machine-id var/log/journal etc/todswitch var/lib/todswitch var/lib/private run/todswitch
: >etc/machine-id

# Nothing but the journal, the unit and what it asks for.
units=etc/systemd/proof
mkdir -p "$units" etc/todswitch
for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket \
    sysinit.target basic.target sockets.target shutdown.target network-online.target \
    time-sync.target multi-user.target; do
    cp "${init%/*}/system/$unit" "$units/"
done
mkdir "$units/sysinit.target.wants"
ln -s ../systemd-journald.service "$units/sysinit.target.wants/"
install -m 755 "$program" usr/bin/todswitch
install -m 644 "$systemd"/*.service "$units/"
install -m 600 /dev/stdin etc/todswitch/api-key <<<'simulated-key'
install -d "$units/todswitch.service.d"
printf '[Service]\nWatchdogSec=2s\nRestartSec=1s\n' >"$units/todswitch.service.d/test.conf"
cat >"$units/simulator.service" <<'UNIT'
[Service]
ExecStart=/usr/bin/todswitch simulate --listen 127.0.0.1:8106
UNIT
mkdir old
pivot_root . old
umount -l /old
# systemd hands a credential to a service by a mount that must reach it; in a container the shared
# root is left to whoever starts it.
mount --make-rshared /
hostname proof
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/etc/systemd/proof \
    "$init" --unit=basic.target --log-target=journal --show-status=0
END

(
    echo "$BASHPID" >"$group/cgroup.procs"
    exec unshare --pid --mount --cgroup --uts --ipc --net --fork --kill-child --propagation private \
        bash "$place/become" "$init" "$place" "$program" "$PWD/systemd"
) >"$place/log" 2>&1 </dev/null &
outer=$!

# inside COMMAND...: runs it there, bounded.
inside() {
    timeout 30 nsenter --target "$pid1" --mount --uts --ipc --net --pid --cgroup -- "$@"
}
# until_true SECONDS COMMAND...
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $end ]] || return 1
        sleep 0.05
    done
}
is_up() {
    pid1=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null) && pid1=${pid1%% *} &&
        [[ -n $pid1 ]] && inside systemctl is-active --quiet basic.target 2>/dev/null
}
until_true 20 is_up || skip "no systemd can be booted in namespaces here: $(tail -n1 "$place/log" | grep . || echo "it does not come up within 20 s")"

began=$SECONDS
shown() { inside systemctl show --property "$1" --value todswitch; }
is() { [[ $(shown "$1") == "$2" ]]; }
says() { [[ $(shown StatusText) == *"$1"* ]]; }
journal() { inside journalctl --quiet --no-pager --unit todswitch "$@"; }
told() { [[ $(journal --output cat) == *"$1"* ]]; }
live() { inside curl -fsS http://127.0.0.1:8106/_sim/policies | grep -q "\"uid\":2165,[^}]*\"default\":\"$1\""; }
writes() { inside curl -fsS http://127.0.0.1:8106/_sim/log | grep -o '"verb":"POST"' | wc -l; }
fail() {
    echo "FAILED: $*" >&2
    inside systemctl status --no-pager --full todswitch >&2 || true
    inside journalctl --no-pager --lines 60 >&2 || true
    exit 1
}
# holds WORDS COMMAND...: what must be true by now, or within 20 s.
holds() {
    local words=$1
    shift
    until_true 20 "$@" || fail "$words"
    printf '%3d s  %s\n' "$((SECONDS - began))" "$words"
}
file() { inside sh -c 'cat >/etc/todswitch/schedule.toml'; }
schedule() {
    cat <<END
timezone = "Europe/London"
[api]
base_url = "http://127.0.0.1:8106"
username = "acme-api"
[schedules.shut]
closed = "hangup"
[policies.sales]
uid = 2165
schedule = "shut"
[[overrides]]
name = "Sale"
date = $(date -d '+3 days' +%F)
action = "voicemail"
END
}

echo "systemd $(inside systemctl --version | awk 'NR == 1 { print $2 }') is PID 1 of its namespaces"
inside systemctl start simulator
until_true 20 inside curl -fsS -o /dev/null http://127.0.0.1:8106/_sim/load 2>/dev/null ||
    fail "the simulator does not answer"

schedule | file
inside systemctl start todswitch || fail "it does not start"
live hangup || fail "READY came before the first pass had switched and read back"
holds "Type=notify: active once the first pass is done" is ActiveState active
holds "STATUS names the next switch" says "Next: sales to voicemail on $(LC_ALL=C date -d '+3 days' '+%a %-d %b')"
echo "        $(shown StatusText)"
daemon=$(shown MainPID)
owner=$(inside stat -c %u "/proc/$daemon")
[[ $owner -ge 61184 && $owner -le 65519 ]] || fail "it runs as $owner, no dynamic user"
[[ $(inside stat -c '%U %a' /etc/todswitch/api-key) == "root 600" ]] || fail "the key is not root's"
holds "the key is read as a credential by user $owner, though root alone may read the file" true
holds "the store is in its state directory" inside test -s /var/lib/todswitch/todswitch.db
status_answers() { inside todswitch status >"$place/status" && grep -q sales "$place/status"; }
holds "root asks over the control socket" status_answers

# A good file with a switch some seconds from now: the timer, the write, the reading back.
at=$(TZ=Europe/London date -d '+4 seconds' +%FT%T)
{
    schedule
    printf '[[overrides]]\nname = "Soon"\nfrom = %s\nuntil = %s\naction = "queue"\n' \
        "$at" "$(TZ=Europe/London date -d '+2 hours' +%FT%T)"
} | file
inside systemctl reload todswitch || fail "a good file: systemctl reload fails"
holds "a good file is in force, and what it changes is told" told "this edit changes"
holds "the switch at $at is made" live queue
holds "and told" told "switched policy=sales"
# Without it the loop would wake up now and then to look at the clock.
sleeps_on_a_timer() { inside ls -l "/proc/$daemon/fd" | grep timerfd >/dev/null; }
holds "the loop sleeps on a timerfd" sleeps_on_a_timer

# A bad one.
schedule | sed 's/^closed/clsoed/' | file
inside systemctl reload todswitch || fail "a bad file: systemctl reload fails"
holds "a bad file: STATUS says REFUSED" says REFUSED
is ActiveState active || fail "a bad file ended it"
holds "a bad file: the service stays active with the same process" is MainPID "$daemon"

# What the journal got.
errors=$(journal --priority err --output cat)
[[ $errors == *clsoed* && $errors != *"switched policy"* ]] || fail "journalctl -p err: $errors"
holds "journalctl -p err has the diagnostic and no news" true
[[ -z $(journal --output cat _TRANSPORT=stdout | grep -E '^(<[0-7]>|[0-9]{4}-[0-9]{2}-[0-9]{2}T)') ]] ||
    fail "a line has a time or a priority of its own"
entries=$(journal --output json _TRANSPORT=stdout | sed -n 's/.*"PRIORITY":"\([0-7]\)".*/\1/p' | sort | uniq -c | xargs)
[[ $entries == *" 3"* && $entries == *" 6"* ]] || fail "priorities: $entries"
holds "entries by priority, no second time stamp (count priority): $entries" true

# Another copy of the zone, renamed over the old one.
schedule | file
if inside test -f /usr/share/zoneinfo/Europe/London; then
    inside sh -c 'cd /usr/share/zoneinfo/Europe && cp Paris new && mv -f new London'
    holds "inotify: changed zone data is noticed" told "the zone data changed on the disk"
fi
inside systemctl reload todswitch
holds "the good file is in force again" live hangup

# Hung.
before=$(writes)
inside kill -STOP "$daemon"
holds "the watchdog ends a stopped daemon, and it is started again" is NRestarts 1
holds "the next one is up" is ActiveState active
[[ $(shown MainPID) != "$daemon" ]] || fail "it is the same process"
told "Watchdog timeout" || fail "it was not the watchdog"
holds "how the last run ended is told" told "the last run did not end by itself"
holds "it is asked again" status_answers
[[ $(writes) == "$before" ]] || fail "the start after it wrote again"
holds "nothing was sent twice" true

# The end.
began_to_stop=$SECONDS
inside systemctl stop todswitch
is Result success && is ExecMainStatus 0 || fail "stop: $(shown Result)"
[[ $((SECONDS - began_to_stop)) -lt 10 ]] || fail "stop took $((SECONDS - began_to_stop)) s"
holds "systemctl stop is clean" told "stopped"

# A hold set by root while nobody runs: in the service's store, which stays the service's.
inside todswitch hold set --policy sales voicemail --until-cleared --reason drill >/dev/null ||
    fail "hold set without a daemon"
inside todswitch history >"$place/history" || fail "history without a daemon"
! inside todswitch status >"$place/status" 2>&1 || fail "status without a daemon exits 0"
grep -q "no daemon answers" "$place/status" || fail "status: $(cat "$place/status")"
inside systemctl start todswitch || fail "it does not start after a hold"
holds "what root held without a daemon is in force" live voicemail
inside todswitch hold clear --all >/dev/null || fail "hold clear"
holds "and cleared over the control socket" live hangup
inside systemctl stop todswitch

# A bad file at the start.
schedule | sed 's/^closed/clsoed/' | file
! inside systemctl start todswitch 2>/dev/null || fail "it starts with a bad file"
is ExecMainStatus 78 && is SubState failed && is NRestarts 0 ||
    fail "a bad file: $(shown ExecMainStatus) $(shown SubState)"
holds "exit code 78 is not started again" true

inside systemd-analyze security --no-pager todswitch | tail -n1
echo "the unit holds under a real systemd"
