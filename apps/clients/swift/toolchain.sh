#!/bin/sh
# Swift for Linux from Debian's packages, in .cache/swift of a checkout. It changes nothing else on the machine.
set -eu

SUITE=trixie
SWIFT=6.0.3-2
# The parts that are unpacked, besides what they depend on.
PACKAGES="swiftlang=$SWIFT libc6-dev libstdc++-14-dev bash coreutils"

usage() {
    cat >&2 <<EOF
usage: toolchain.sh install [CHECKOUT]
       toolchain.sh run [CHECKOUT] -- COMMAND...

install   downloads and unpacks Swift into CHECKOUT/.cache/swift, unless it is there, and prints the versions
run       runs COMMAND with it, in CHECKOUT/apps/clients/swift

CHECKOUT is the one of this script if it is left out. DEBIAN_MIRROR is where the packages come from if that is not
where this machine has its own from.
EOF
    exit 2
}

fail() {
    echo "toolchain.sh: $*" >&2
    exit 1
}

as_root() {
    [ "$(id -u)" = 0 ] || fail "this works as root only, because it uses chroot and mount; run it by sudo, or in a container"
}

mirror() {
    if [ -n "${DEBIAN_MIRROR:-}" ]; then
        echo "$DEBIAN_MIRROR"
    else
        # shellcheck disable=SC2016
        apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/$' || true
    fi
}

# Makes a private state for apt, whose only source is the suite, so that nothing of the machine's own is read or changed.
prepare_apt() {
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"
    source=$(mirror)
    [ -n "$source" ] || fail "this machine has no source of Debian's packages: name one in DEBIAN_MIRROR"
    rm -rf "$apt"
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/none"
    : > "$apt/status"
    echo "deb [signed-by=$keyring] $source $SUITE main" > "$apt/sources.list"
    {
        apt-config dump | grep -i '^Acquire::https\?::' || true
        cat <<EOF
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/none";
Dir::Etc::parts "$apt/none";
Dir::Etc::main "$apt/none/apt.conf";
Dir::Etc::preferences "$apt/none/preferences";
Dir::Etc::preferencesparts "$apt/none";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
EOF
    } > "$apt/apt.conf"
    export APT_CONFIG="$apt/apt.conf"
}

unpack() {
    # The packages take /bin and the like for links into /usr.
    mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64" "$1/proc" "$1/dev" "$1/tmp" "$1/etc" "$1/root"
    for folder in bin sbin lib lib64; do
        ln -s "usr/$folder" "$1/$folder"
    done
    for package in "$apt"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$1" --keep-directory-symlink --no-same-owner \
            --exclude './usr/share/doc/*' --exclude './usr/share/man/*' --exclude './usr/share/locale/*' \
            --exclude '*/swift_static/*' --exclude '*/embedded/*' --exclude '*lldb*' --exclude '*sourcekit*'
    done
    ln -s bash "$1/usr/bin/sh"
    echo "127.0.0.1 localhost" > "$1/etc/hosts"
    echo "root:x:0:0:root:/root:/bin/sh" > "$1/etc/passwd"
}

is_installed() {
    [ "$(cat "$home/installed" 2>/dev/null)" = "$PACKAGES" ]
}

install_swift() {
    if ! is_installed; then
        prepare_apt
        echo "Reading the package lists of Debian $SUITE" >&2
        # It succeeds without lists, too.
        apt-get -q update >&2 || true
        ls "$apt"/state/lists/*_Packages* > /dev/null 2>&1 ||
            fail "the packages of Debian $SUITE cannot be reached at $source"
        # shellcheck disable=SC2086
        apt-get -q -y install --download-only $PACKAGES >&2 ||
            fail "Swift $SWIFT of Debian $SUITE cannot be downloaded from $source"
        rm -rf "$root" "$root.new" "$home/installed"
        mkdir "$root.new"
        echo "Unpacking" >&2
        unpack "$root.new"
        for package in "$apt"/cache/archives/*.deb; do
            # shellcheck disable=SC2016
            dpkg-deb --show --showformat '${Package} ${Version}\n' "$package"
        done > "$home/versions"
        mv "$root.new" "$root"
        rm -rf "$apt"
        echo "$PACKAGES" > "$home/installed"
    fi
    echo "Debian $SUITE: swiftlang $SWIFT, and what it needs: $home/versions"
}

# Mounts are made in a namespace of their own: the machine does not see them, and they end with the command.
run() {
    is_installed || fail "Swift $SWIFT is not there yet: $0 install $checkout"
    mkdir -p "$root$checkout" "$home/build"
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private sh -euc '
        root=$1 checkout=$2
        shift 2
        mount --rbind /proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --bind "$checkout" "$root$checkout"
        exec chroot "$root" /usr/bin/env -C "$checkout/apps/clients/swift" -i "$@"
    ' sh "$root" "$checkout" \
        PATH=/usr/libexec/swift/bin:/usr/bin HOME=/root LANG=C.UTF-8 SWIFTPM_BUILD_DIR="$home/build" \
        ${SCENARIOS_URL:+SCENARIOS_URL="$SCENARIOS_URL"} "$@"
}

[ $# -ge 1 ] || usage
action=$1
shift
checkout=$(dirname "$0")/../../..
if [ $# -ge 1 ] && [ "$1" != -- ]; then
    checkout=$1
    shift
fi
[ -d "$checkout/apps/clients/swift" ] || fail "$checkout is no checkout of this project"
checkout=$(cd "$checkout" && pwd -P)
home=$checkout/.cache/swift
apt=$home/apt
root=$home/root

case $action in
install)
    [ $# = 0 ] || usage
    as_root
    mkdir -p "$home"
    exec 9> "$home/lock"
    flock 9
    install_swift
    ;;
run)
    if [ $# -lt 2 ] || [ "$1" != -- ]; then
        usage
    fi
    shift
    as_root
    run "$@"
    ;;
*)
    usage
    ;;
esac
