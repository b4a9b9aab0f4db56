#!/bin/sh
#
# shadow.sh dir: makes dir a second tree to build in, of links to the sources
# of this one.

set -eu

dir=$1
top=$PWD
mkdir -p "$dir"
find -L Makefile README common imapd indexd tests man etc \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.subr' -o -name '*.supp' -o -name '*.dlg' \
    -o -name '*.py' -o -name '*.pml' -o -path tests/checklist \
    -o -name '*.[1-9]' -o -name '*.conf' -o -name Makefile -o -name README \
    -o -path 'tests/data/*' -o -path 'tests/fuzz/corpus/*' -o -path 'etc/*' \
    \) -type f -print |
while IFS= read -r file; do
	[ -h "$dir/$file" ] && continue
	case $file in
	*/*) mkdir -p "$dir/${file%/*}" ;;
	esac
	ln -sf "$top/$file" "$dir/$file"
done
# Unpacked there by tests/deps.sh.
[ ! -d build/xinetd ] || {
	mkdir -p "$dir/build" && ln -sfn "$top/build/xinetd" "$dir/build/xinetd"
}
