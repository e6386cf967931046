#!/bin/sh
# Builds the programs of this repository and installs them, or runs the demo. It
# configures nothing; `credential-iam configure` does.
#
# All programs are built first, beside where they will be, and then renamed into
# place one by one, so that an interrupted run never leaves half a program or a
# mixture of versions.
set -eu
unset CDPATH
umask 022

usage() {
	cat <<'USAGE'
usage: ./install.sh [--bin-dir DIR]
       ./install.sh --demo

Builds docker-credential-iam, git-credential-iam, credential-iam and its issuer
plugins from this folder and installs them. Needs Go; configures nothing.

  --bin-dir DIR  install into DIR
                 (default: ~/.local/bin, for root /usr/local/bin)
  --demo         install nothing: build into a temporary folder, show both
                 helpers at work there, without an account, and remove it
  --help         print this
USAGE
}

say() { printf '%s\n' "$*" >&2; }

die() {
	say "install.sh: $*"
	exit 1
}

mistake() {
	say "install.sh: $*"
	usage >&2
	exit 2
}

bin_dir='' demo=''
while [ $# -gt 0 ]; do
	case $1 in
	--bin-dir)
		[ $# -ge 2 ] || mistake '--bin-dir needs a folder'
		bin_dir=$2
		[ -n "$bin_dir" ] || mistake '--bin-dir needs a folder'
		shift
		;;
	--bin-dir=?*) bin_dir=${1#--bin-dir=} ;;
	--demo) demo=yes ;;
	--help | -h)
		usage
		exit 0
		;;
	*) mistake "unknown option $1" ;;
	esac
	shift
done
[ -z "$demo" ] || [ -z "$bin_dir" ] || mistake '--demo installs nothing, so it takes no --bin-dir'

start=$(pwd)
module=github.com/credential-iam/credential-iam
root=$(cd -- "$(dirname -- "$0")" && pwd -P)
grep -qx "module $module" "$root/go.mod" 2>/dev/null ||
	die "$root has no source of $module; run install.sh in its repository"

# numbers turns "go1.26.8 X:foo" or "1.26" into "1 26 8" or "1 26 0".
numbers() {
	printf '%s\n' "$1" |
		sed -n 's/^[^0-9]*\([0-9][0-9]*\)\.\([0-9][0-9]*\)\(\.\([0-9][0-9]*\)\)\{0,1\}.*$/\1 \2 \4/p' |
		sed 's/ $/ 0/'
}

# older HAVE WANTED, as six numbers.
older() {
	[ "$1" -lt "$4" ] && return 0
	[ "$1" -eq "$4" ] || return 1
	[ "$2" -lt "$5" ] && return 0
	[ "$2" -eq "$5" ] || return 1
	[ "$3" -lt "$6" ]
}

# check_go ends the run where Go is missing or too old. Since 1.21 Go downloads a
# newer Go by itself, unless GOTOOLCHAIN forbids it.
check_go() {
	wanted=$(sed -n 's/^go \([0-9.]*\).*$/\1/p' "$root/go.mod")
	command -v go >/dev/null 2>&1 ||
		die "Go $wanted or newer is needed and there is no go on the PATH; see https://go.dev/doc/install"
	# Asked outside the module, so that nothing is fetched yet.
	have=$(cd / && GOTOOLCHAIN=local GOFLAGS='' go env GOVERSION) || die "go env GOVERSION failed: is $(command -v go) a working Go?"
	[ -n "$have" ] || have='older than 1.16'
	have_numbers=$(numbers "$have")
	# Lists of three numbers, split on purpose.
	# shellcheck disable=SC2046,SC2086
	older ${have_numbers:-0 0 0} $(numbers "$wanted") || return 0
	cd /
	fetches=$(go env GOTOOLCHAIN 2>/dev/null || true)
	cd -- "$start"
	# shellcheck disable=SC2086
	if older ${have_numbers:-0 0 0} 1 21 0 || [ "${fetches:-local}" = local ]; then
		die "Go $wanted or newer is needed, $(command -v go) is $have; see https://go.dev/doc/install"
	fi
	say "Go $wanted or newer is needed, $(command -v go) is $have: it will try to download it"
}

# version names the commit. A source archive has none, and one that was unpacked
# inside another repository must not take that one's version.
version() {
	top=$(git -C "$root" rev-parse --show-toplevel 2>/dev/null || true)
	v=''
	if [ -n "$top" ] && [ "$(cd -- "$top" && pwd -P)" = "$root" ]; then
		v=$(git -C "$root" describe --tags --always --dirty 2>/dev/null || true)
	fi
	case $v in
	'' | *[!A-Za-z0-9._/+-]*) v=devel ;;
	esac
	printf '%s\n' "$v"
}

# list has every program, one a line: NAME KIND TAGS [LINK...].
list=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/cmd/internal/programs/programs.txt") || list=''
[ -n "$list" ] || die "$root has no list of programs; run install.sh in its repository"

# names prints every name that is installed: the programs and the links to them.
names() {
	printf '%s\n' "$list" | while read -r name _ _ links; do
		# A list of words, split on purpose.
		# shellcheck disable=SC2086
		printf '%s\n' "$name" $links
	done
}

# build DIR builds every program into DIR.
build() {
	into=$1
	stamp=$(version)
	cd -- "$root"
	exe=$(go env GOEXE) || die "go env GOEXE failed; Go $wanted or newer is needed, see https://go.dev/doc/install"
	count=$(printf '%s\n' "$list" | wc -l | tr -d ' ')
	number=0
	while read -r program _ tags links; do
		number=$((number + 1))
		say "building $program $stamp ($number of $count)"
		CGO_ENABLED=0 GOWORK=off go build -trimpath -buildvcs=false -tags "$tags" \
			-ldflags "-s -w -X $module/helper.version=$stamp" \
			-o "$into/$program$exe" "./cmd/$program" </dev/null || die "building $program failed"
		for link in $links; do
			ln -s -- "$program$exe" "$into/$link$exe" || die "linking $link to $program failed"
		done
	done <<LIST
$list
LIST
	cd -- "$start"
}

temporary=''
cleanup() {
	[ -z "$temporary" ] || rm -rf -- "$temporary"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$demo" ]; then
	check_go
	temporary=$(mktemp -d "${TMPDIR:-/tmp}/credential-iam-demo.XXXXXX")
	mkdir "$temporary/bin" "$temporary/home" "$temporary/tmp" "$temporary/run"
	chmod 700 "$temporary/home" "$temporary/run"
	list=$(printf '%s\n' "$list" | sed -e '/ plugin /d') # it needs no issuer
	say 'building for the demo; the first time takes a minute or two'
	build "$temporary/bin"
	# A home of its own, without the user's configuration.
	unset DOCKER_CONFIG DOCKER_AUTH_CONFIG CLOUDSDK_CONFIG XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
	cd -- "$temporary/home"
	env HOME="$temporary/home" TMPDIR="$temporary/tmp" XDG_RUNTIME_DIR="$temporary/run" \
		PATH="$temporary/bin:$PATH" "$temporary/bin/credential-iam$exe" demo
	exit 0
fi

if [ -z "$bin_dir" ]; then
	if [ "$(id -u)" -eq 0 ]; then
		bin_dir=/usr/local/bin
	else
		[ -n "${HOME:-}" ] || die 'HOME is not set; name the folder to install to with --bin-dir DIR'
		bin_dir=$HOME/.local/bin
	fi
fi
check_go
mkdir -p -- "$bin_dir" || die "cannot create $bin_dir; choose another folder with --bin-dir DIR"
bin_dir=$(cd -- "$bin_dir" && pwd)
[ -w "$bin_dir" ] || die "cannot write to $bin_dir; choose another folder with --bin-dir DIR"
temporary=$(mktemp -d "$bin_dir/.credential-iam.XXXXXX")
build "$temporary"
for name in $(names); do
	[ ! -d "$bin_dir/$name$exe" ] || die "$bin_dir/$name$exe is a folder; remove it or choose another with --bin-dir DIR"
done
for name in $(names); do
	mv -f -- "$temporary/$name$exe" "$bin_dir/$name$exe"
	printf 'installed %s\n' "$bin_dir/$name$exe"
done

case :$PATH: in
*":$bin_dir:"*)
	first=$(command -v docker-credential-iam || true)
	case $first in
	'' | "$bin_dir/docker-credential-iam" | "$bin_dir/docker-credential-iam$exe") ;;
	*) say "warning: $first is first on the PATH; docker will run that one" ;;
	esac
	;;
*)
	say "warning: $bin_dir is not on the PATH, so docker and git will not find the helpers; add it in your shell's startup file:"
	say "    export PATH=\"$bin_dir:\$PATH\""
	;;
esac
say 'nothing is configured yet; next: credential-iam configure --help'
