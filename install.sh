#!/bin/sh
# Installs the programs: built from this folder where it is the repository, from the
# folder of an unpacked release, or from a release that it fetches and checks. Or
# removes them, or runs the demo. It configures nothing; `credential-iam configure`
# does.
#
# All programs are made first, beside where they will be, and then renamed into
# place one by one, so that an interrupted run never leaves half a program or a
# mixture of versions. Without Go it needs only sh, coreutils or busybox, and tar.
set -eu
unset CDPATH
umask 022

usage() {
	cat <<'USAGE'
usage: install.sh [--bin-dir DIR] [--share-dir DIR]
       install.sh [--from DIR-OR-URL] [--version V] [--sum HEX] [--key FILE]
                  [--bin-dir DIR]
       install.sh --uninstall [--bin-dir DIR] [--share-dir DIR]
       install.sh --demo

Installs docker-credential-iam, git-credential-iam, credential-iam and what
belongs to them; configures nothing. In the repository it builds them, which
needs Go; in an unpacked release it installs what is there.

  --from DIR-OR-URL  install a release: the folder, or the https address, that
                     has SHA256SUMS and the archives; each archive's sum is
                     checked. Run it again to upgrade
  --version V        the release's version (default: the only one there)
  --sum HEX          the SHA-256 sum that SHA256SUMS itself must have
  --key FILE         a minisign public key: SHA256SUMS must be signed with it
                     (needs minisign)
  --bin-dir DIR      the programs go into DIR
                     (default: ~/.local/bin, for root /usr/local/bin)
  --share-dir DIR    man pages and completions go below DIR (default: share
                     beside the default bin; none with --bin-dir alone)
  --uninstall        say what stays, and remove them; on a terminal it asks
  --demo             install nothing: build into a temporary folder, show both
                     helpers at work there, without an account, and remove it
  --help             print this
USAGE
}

say() { printf '%s\n' "$*" >&2; }

# A failure is one line, which says what to do. What a tool says of it is not shown,
# or is a part of the line; go's errors of a build alone are as they are.
die() {
	say "install.sh: $*"
	exit 1
}

# A copy that was downloaded alone cannot be executed, and this one is not always in
# the folder at hand.
mistake() {
	case $0 in
	*[!a-zA-Z0-9_./@:+-]*) self="'$0'" ;;
	*) self=$0 ;;
	esac
	case $0 in
	*/*) [ -x "$0" ] || self="sh $self" ;;
	*) self="sh $self" ;;
	esac
	say "install.sh: $*; run: $self --help"
	exit 2
}

bin_dir='' share_dir='' from='' wanted_version='' wanted_sum='' key='' mode=install
while [ $# -gt 0 ]; do
	option=$1 value=''
	case $option in
	--bin-dir=* | --share-dir=* | --from=* | --version=* | --sum=* | --key=*)
		value=${option#*=} option=${option%%=*}
		[ -n "$value" ] || mistake "$option needs a value"
		;;
	--bin-dir | --share-dir | --from | --version | --sum | --key)
		value=${2:-}
		[ -n "$value" ] || mistake "$option needs a value"
		shift
		;;
	esac
	case $option in
	--bin-dir) bin_dir=$value ;;
	--share-dir) share_dir=$value ;;
	--from) from=$value ;;
	--version) wanted_version=${value#v} ;;
	--sum) wanted_sum=$value ;;
	--key) key=$value ;;
	--uninstall | --demo)
		[ "$mode" = install ] || mistake "$option does not go with --$mode"
		mode=${option#--}
		;;
	--help | -h)
		usage
		exit 0
		;;
	*) mistake "unknown option $option" ;;
	esac
	shift
done
[ "$mode" != demo ] || [ -z "$bin_dir$share_dir" ] || mistake '--demo installs nothing, so it takes no --bin-dir'
[ "$mode" = install ] || [ -z "$from$wanted_version$wanted_sum$key" ] || mistake "--$mode takes no --from, --version, --sum or --key"

start=$(pwd)
module=github.com/credential-iam/credential-iam
root=$(cd -- "$(dirname -- "$0")" && pwd -P)

# What the shipped copy of this script installs, "NAME" or "LINK NAME" a line;
# .ci/snapshot fills it in. In the repository the list is programs.txt's.
shipped=''

# kind tells what this folder is: the repository, an unpacked release, or neither.
if grep -qx "module $module" "$root/go.mod" 2>/dev/null; then
	kind=repository
elif [ -e "$root/docker-credential-iam" ] && [ -e "$root/links.txt" ]; then
	kind=unpacked
else
	kind=alone
fi

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
list=''
if [ "$kind" = repository ]; then
	list=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/cmd/internal/programs/programs.txt") || list=''
	[ -n "$list" ] || die "$root has no list of programs; run install.sh in its repository"
	shipped=$(printf '%s\n' "$list" | while read -r name _ _ links; do
		printf '%s\n' "$name"
		for link in $links; do printf '%s %s\n' "$link" "$name"; done
	done)
fi

# names prints every name that is installed: the programs and the links to them.
names() { printf '%s\n' "$shipped" | sed -e '/^$/d' -e 's/ .*//'; }

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
interruptible() {
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
trap cleanup EXIT
trap 'exit 141' PIPE
interruptible

if [ "$mode" = demo ]; then
	[ "$kind" = repository ] || die 'the demo is built from the repository; an installed one runs with: credential-iam demo'
	check_go
	temporary=$(mktemp -d "${TMPDIR:-/tmp}/credential-iam-demo.XXXXXX" 2>/dev/null) ||
		die "cannot create a folder in ${TMPDIR:-/tmp}; name another one with TMPDIR"
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

prefix=''
if [ -z "$bin_dir" ]; then
	if [ "$(id -u)" -eq 0 ]; then
		prefix=/usr/local
	else
		[ -n "${HOME:-}" ] || die 'HOME is not set; name the folder to install to with --bin-dir DIR'
		prefix=$HOME/.local
	fi
	bin_dir=$prefix/bin
	[ -n "$share_dir" ] || share_dir=$prefix/share
fi

# shared prints what is below share_dir: FILE-OF-OURS PLACE.
shared() {
	(cd -- "$1" && for page in man/man[17]/*; do [ ! -e "$page" ] || printf '%s %s\n' "$page" "$page"; done)
	printf '%s\n' 'completions/credential-iam.bash bash-completion/completions/credential-iam' \
		'completions/_credential-iam zsh/site-functions/_credential-iam' \
		'completions/credential-iam.fish fish/vendor_completions.d/credential-iam.fish'
}

if [ "$mode" = uninstall ]; then
	[ -n "$shipped" ] || die 'this copy does not know what it installed; take the install.sh of the release'
	installed() {
		for name in $(names); do
			for file in "$bin_dir/$name" "$bin_dir/$name.exe"; do
				if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\n' "$file"; fi
			done
		done
	}
	[ -n "$(installed)" ] || die "nothing of credential-iam is in $bin_dir; name the folder with --bin-dir DIR"
	# Said while the programs that it names are there; a person may still run them.
	say 'The configuration of docker and git, and cached tokens, stay as they are. These remove'
	say 'them, and need the programs: credential-iam unconfigure; credential-iam purge'
	if [ -t 0 ]; then
		printf 'Remove the programs now? [y/N] ' >&2
		read -r answer || answer=''
		case $answer in
		[yY] | [yY][eE][sS]) ;;
		*) die 'nothing was removed' ;;
		esac
	fi
	# Told of at the end, so that an output that takes no more does not leave the rest.
	gone=$(installed)
	printf '%s\n' "$gone" | while read -r file; do
		rm -f -- "$file" 2>/dev/null || die "cannot remove $file; run this as the owner of $bin_dir"
	done
	if [ -n "$share_dir" ]; then
		for name in $(names); do set -- "$@" "$share_dir/man/man1/$name.1"; done
		rm -f -- "$@" "$share_dir"/man/man1/credential-iam-*.1 "$share_dir"/man/man7/credential-iam-*.7 \
			"$share_dir/bash-completion/completions/credential-iam" "$share_dir/zsh/site-functions/_credential-iam" \
			"$share_dir/fish/vendor_completions.d/credential-iam.fish" 2>/dev/null ||
			die "cannot remove the man pages and completions below $share_dir; run this as its owner"
	fi
	printf '%s\n' "$gone" | sed 's/^/removed /' 2>/dev/null || die "all programs are removed from $bin_dir, but that cannot be written to standard output"
	exit 0
fi

# fetch FILE takes a file of the release to the temporary folder. An address is
# https, or http on this machine; https never leads to http.
fetch() {
	case $from in
	https://* | http://127.0.0.1:* | http://localhost:* | 'http://[::1]:'*)
		address=${from%/}/$1
		if command -v curl >/dev/null 2>&1; then
			protocols='=https'
			[ "${from#https:}" != "$from" ] || protocols='=https,http'
			why=$(curl -fsSL --proto "$protocols" --proto-redir "$protocols" --retry 3 -o "$temporary/$1" -- "$address" 2>&1)
		elif command -v wget >/dev/null 2>&1; then
			why=$(
				# wget has no such option: a proxy that is not there stops http.
				[ "${from#https:}" = "$from" ] || export http_proxy=http://127.0.0.1:1 no_proxy=
				wget -nv -O "$temporary/$1" -- "$address" 2>&1
			) || {
				case $why in *refused*) why='nobody answers, or it leads to http' ;; esac
				false
			}
		else
			die "neither curl nor wget is here to fetch $address; fetch the release yourself and name its folder with --from DIR"
		fi || die "cannot fetch $address ($(printf '%s\n' "$why" | sed -n '$p')); check the address and the version, or fetch the release yourself and name its folder with --from DIR"
		;;
	*://*) die "--from $from: an address must be https; or name a folder" ;;
	*)
		[ ! -f "$from" ] || die "--from $from: it is a file; name the folder that it is in, with SHA256SUMS"
		[ -d "$from" ] || die "--from $from: there is no such folder; name the folder, or the https address, of a release"
		[ -f "$from/$1" ] || die "$from has no $1; name the folder of a release with --from"
		cp -- "$from/$1" "$temporary/$1" 2>/dev/null || die "cannot copy $from/$1 to $bin_dir; is it readable, and is there room?"
		;;
	esac
}

# sum prints a file's SHA-256 sum.
sum() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum <"$1"
	else
		shasum -a 256 <"$1"
	fi | sed 's/ .*//'
}

# platform is this machine as the archives name it.
platform() {
	case $(uname -s) in
	Linux) system=linux ;;
	Darwin) system=darwin ;;
	*) die "there is no release for $(uname -s); on Windows run install.ps1" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) machine=amd64 ;;
	aarch64 | arm64) machine=arm64 ;;
	armv7* | armv8l) machine=armv7 ;;
	*) die "there is no release for $(uname -m); build it with Go in the repository" ;;
	esac
	printf '%s_%s\n' "$system" "$machine"
}

# once prints each word that it reads, a line each, once.
once() {
	seen=' '
	while read -r word; do
		case $seen in
		*" $word "*) ;;
		*)
			seen="$seen$word "
			printf '%s\n' "$word"
			;;
		esac
	done
}

# unpack fetches the release's archive for this machine, checks it and unpacks it;
# it prints the folder.
unpack() {
	command -v sha256sum >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 ||
		die 'neither sha256sum nor shasum is here to check the release; install coreutils'
	fetch SHA256SUMS
	if [ -n "$wanted_sum" ]; then
		have=$(sum "$temporary/SHA256SUMS")
		[ "$have" = "$wanted_sum" ] || die "the sum of SHA256SUMS of $from is $have, not $wanted_sum; nothing was installed; check --sum and --version"
	fi
	if [ -n "$key" ]; then
		command -v minisign >/dev/null 2>&1 || die 'minisign is needed to check the signature; install it, or leave --key out'
		fetch SHA256SUMS.minisig
		minisign -V -q -p "$key" -m "$temporary/SHA256SUMS" >/dev/null 2>&1 ||
			die "SHA256SUMS of $from is not signed with $key; nothing was installed; take the key and the release from one place"
	fi
	for_this=$(platform)
	archives=$(sed -n "s/^[0-9a-f]\{64\}  \(credential-iam_[A-Za-z0-9.~-]*_$for_this\.tar\.gz\)\$/\1/p" "$temporary/SHA256SUMS" | once)
	if [ -n "$wanted_version" ]; then
		archives=$(printf '%s\n' "$archives" | grep -Fx "credential-iam_${wanted_version}_$for_this.tar.gz" || true)
	fi
	case $(printf '%s\n' "$archives" | grep -c .) in
	1) ;;
	0) die "SHA256SUMS of $from has no archive${wanted_version:+ of version $wanted_version} for $for_this; choose another with --from or --version, or build it with Go in the repository" ;;
	*) die "$from has several versions; choose one with --version V" ;;
	esac
	fetch "$archives"
	want=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archives\$/\1/p" "$temporary/SHA256SUMS" | once | tr '\n' ' ')
	want=${want% }
	have=$(sum "$temporary/$archives")
	[ "$want" = "$have" ] || die "the sum of $archives is $have, SHA256SUMS of $from says $want; nothing was installed; fetch it again"
	(cd -- "$temporary" && tar -xzf "$archives" 2>/dev/null) || die "cannot unpack $archives in $bin_dir; is tar here, and is there room?"
	printf '%s\n' "$temporary/${archives%.tar.gz}"
}

# manual has the built programs tell their man pages and completions.
manual() {
	(cd -- "$root" && GOWORK=off go run ./cmd/internal/manual/main.go -man "$release/man" -bin "$made" -version "$stamp") &&
		mkdir "$release/completions" &&
		for shell in bash:credential-iam.bash zsh:_credential-iam fish:credential-iam.fish; do
			HOME=$temporary "$made/credential-iam" completion "${shell%%:*}" >"$release/completions/${shell#*:}" || return 1
		done
}

exe=''
mkdir -p -- "$bin_dir" 2>/dev/null || die "cannot create $bin_dir; choose another folder with --bin-dir DIR"
bin_dir=$(cd -- "$bin_dir" && pwd)
[ -w "$bin_dir" ] || die "cannot write to $bin_dir; choose another folder with --bin-dir DIR"
if [ -z "$from" ] && [ -n "$wanted_version" ]; then
	from=https://$module/releases/download/v$wanted_version
fi
[ -z "$key$wanted_sum" ] || [ -n "$from" ] || mistake '--sum and --key go with --from or --version'
# Of a user name the end would be the host, whatever is before it; and a password is for
# every user of the machine to see.
case $from in
*://*)
	authority=${from#*://}
	case ${authority%%[/?#]*} in
	*@*) die '--from: an address cannot have a user name or a password in it; fetch the release yourself and name its folder with --from DIR' ;;
	esac
	;;
esac
if [ -z "$from" ]; then
	case $kind in
	repository) check_go ;;
	alone) mistake 'this is neither the repository nor an unpacked release; name a release with --from or --version' ;;
	esac
fi
temporary=$(mktemp -d "$bin_dir/.credential-iam.XXXXXX" 2>/dev/null) || die "cannot write to $bin_dir; choose another folder with --bin-dir DIR"
if [ -z "$from" ] && [ "$kind" = repository ]; then
	mkdir "$temporary/bin" "$temporary/release"
	made=$temporary/bin release=$temporary/release
	build "$made"
	if [ -n "$share_dir" ] && [ -z "$exe" ]; then
		say 'making the man pages and completions'
		manual || {
			say 'warning: they could not be made; the programs are installed without'
			rm -rf -- "$release/man"
		}
	fi
else
	if [ -n "$from" ]; then
		release=$(unpack)
	else
		release=$root
	fi
	made=$temporary/made
	mkdir "$made"
	[ -r "$release/links.txt" ] || die "$release is not a release of credential-iam; choose another with --from"
	shipped=$({
		(cd -- "$release" && for file in *-credential-iam credential-iam*; do
			if [ -f "$file" ] && [ -x "$file" ]; then printf '%s\n' "$file"; fi
		done)
		cat "$release/links.txt"
	})
	case $shipped in
	*/*) die "$release has a link that is not a name; nothing was installed; choose another release with --from" ;;
	esac
	printf '%s\n' "$shipped" | while read -r name target; do
		if [ -z "$target" ]; then
			cp -- "$release/$name" "$made/$name" && chmod 755 "$made/$name"
		else
			ln -s -- "$target" "$made/$name"
		fi 2>/dev/null || die "cannot write to $bin_dir; is there room?"
	done
	# A program for another machine is known before anything is replaced.
	"$made/docker-credential-iam" --version >/dev/null 2>&1 || die "the programs of $release do not run on this machine; take the release for $(platform)"
fi
for name in $(names); do
	[ ! -d "$bin_dir/$name$exe" ] || die "$bin_dir/$name$exe is a folder; remove it or choose another with --bin-dir DIR"
done
# Nothing ends the run between two of them: neither ^C nor an output that takes no
# more (head -1, a full disk). So they are told of afterwards.
trap '' HUP INT TERM
for name in $(names); do
	mv -f -- "$made/$name$exe" "$bin_dir/$name$exe" 2>/dev/null ||
		die "cannot replace $bin_dir/$name$exe; run this as its owner, or choose another folder with --bin-dir DIR"
done
interruptible
for name in $(names); do printf 'installed %s\n' "$bin_dir/$name$exe"; done 2>/dev/null ||
	die "all programs are installed in $bin_dir, but that cannot be written to standard output; run it again with another one"
if [ -n "$share_dir" ] && [ -d "$release/man" ]; then
	shared "$release" | while read -r file place; do
		mkdir -p -- "$(dirname -- "$share_dir/$place")" && cp -- "$release/$file" "$share_dir/$place" && chmod 644 "$share_dir/$place"
	done 2>/dev/null || die "cannot write the man pages and completions to $share_dir; choose another folder with --share-dir DIR"
	printf 'installed man pages and completions below %s\n' "$share_dir"
fi

# configured reports whether this person has configured anything: what configure
# records, or a section in docker's file.
configured() {
	[ -e "${XDG_STATE_HOME:-${HOME:-}/.local/state}/credential-iam/configured.json" ] ||
		grep -q '"iam[@"]' "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json" 2>/dev/null
}

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
if configured; then
	say 'the configuration stays as it is; credential-iam doctor checks it'
else
	say 'nothing is configured yet; next: credential-iam configure --help'
fi
