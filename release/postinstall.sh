#!/bin/sh
# Run by deb, rpm and apk after the programs are in place, also after an upgrade,
# where nothing is left to do: dpkg gives the old version, rpm a count above 1. apk runs
# it, with a version, the first time alone.
case ${1:-}:${2:-} in
configure:?* | [2-9]:*) ;;
*) echo 'credential-iam: nothing is configured yet; next, as the user who runs docker or git: credential-iam configure' ;;
esac
exit 0
