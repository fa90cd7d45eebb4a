#!/bin/sh
# Installs aws-mfa on Linux or macOS, into ~/.local/bin or into the folder that is named:
#
#     curl -fsSL @RELEASE@/install.sh | sh
#     curl -fsSL @RELEASE@/install.sh | sh -s -- /usr/local/bin
#
# Downloads the archive of the release that this file is part of, checks its checksum, and puts the program there in one step: an older
# one stays until then. Nothing else is changed, and no other rights are asked for.
set -eu
unset CDPATH

# Filled in by .ci/manifests.
release='@RELEASE@'
latest=${release%/download/*}/latest

# What is removed at the end, however it ends.
work='' new=''

say() { printf 'install.sh: %s\n' "$1"; }

# An error, and what to do.
fail() {
    printf 'install.sh: error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

clean_up() {
    [ -z "$new" ] || rm -f "$new"
    [ -z "$work" ] || rm -rf "$work"
}

has() { command -v "$1" >/dev/null 2>&1; }

# The last line that a failed program wrote.
reason() {
    last=''
    while IFS= read -r line; do
        [ -z "$line" ] || last=$line
    done <"$work/said"
    printf '%s' "${last:-no reason given}"
}

# A word for a shell, in quotes if it needs them.
quoted() {
    case $1 in
        *[!A-Za-z0-9_./+-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
        *) printf '%s' "$1" ;;
    esac
}

# Sets `archive`.
find_archive() {
    build='with Rust, build it: cargo install --locked aws-mfa-cli'
    system=$(uname -s)
    machine=$(uname -m)
    case $system in
        Linux) os=linux ;;
        Darwin)
            os=macos
            # A shell under Rosetta is told that this is an Intel Mac.
            [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" != 1 ] || machine=arm64
            ;;
        MINGW* | MSYS* | CYGWIN*)
            fail 'this script installs on Linux and macOS only' "on Windows, use Scoop: scoop install $latest/download/aws-mfa.json"
            ;;
        *) fail "no release of aws-mfa is for $system" "$build" ;;
    esac
    case $machine in
        x86_64 | amd64) machine=x86_64 ;;
        aarch64 | arm64) machine=aarch64 ;;
        *) fail "no release of aws-mfa is for $system on $machine" "$build" ;;
    esac
    archive=aws-mfa-$os-$machine.tar.gz
}

# Downloads one file of the release into the working folder.
download() {
    url=$release/$1
    code=0
    if has curl; then
        curl --fail --silent --show-error --location --proto "=$protocol" --tlsv1.2 --retry 3 --connect-timeout 30 \
            --output "$work/$1" "$url" 2>"$work/said" || code=$?
    else
        # BusyBox's wget takes few options, and that of BusyBox 1.35 crashes with -T.
        LC_ALL=C wget -t 3 -O "$work/$1" "$url" 2>"$work/said" || code=$?
        while IFS= read -r line; do
            case $line in
                *'certificate validation not implemented'*) fail "this wget doesn't check certificates" 'install curl, and run the same command again' ;;
            esac
        done <"$work/said"
    fi
    [ "$code" -eq 0 ] || fail "can't download $url: $(reason)" "check the network, or download it from $latest"
}

check_sum() {
    expected=''
    while read -r sum file; do
        [ "$file" != "$archive" ] || expected=$sum
    done <"$work/SHA256SUMS"
    [ -n "$expected" ] || fail "SHA256SUMS has no checksum for $archive" "download it from $latest"
    if has sha256sum; then
        found=$(sha256sum <"$work/$archive")
    else
        found=$(shasum -a 256 <"$work/$archive")
    fi
    found=${found%% *}
    [ "$found" = "$expected" ] || fail "the checksum of $archive is $found, and should be $expected" 'run the same command again: the download may be damaged'
}

# Whether a folder is in PATH, by whatever name.
is_in_path() (
    there=$(cd "$1" && pwd -P)
    set -f
    IFS=:
    for entry in $PATH; do
        [ "$(cd "${entry:-.}" 2>/dev/null && pwd -P)" != "$there" ] || exit 0
    done
    exit 1
)

# How to make the shell find the program.
advise() {
    if ! is_in_path "$folder"; then
        case $(quoted "$folder") in
            \'*) line="export PATH=$(quoted "$folder"):\"\$PATH\"" ;;
            *) line="export PATH=\"$folder:\$PATH\"" ;;
        esac
        # The same in every home.
        [ "$folder" != "${HOME:-}/.local/bin" ] || line="export PATH=\"\$HOME/.local/bin:\$PATH\""
        case ${SHELL:-} in
            */fish)
                line="fish_add_path $(quoted "$folder")"
                how='run this'
                ;;
            */zsh) how='add this line to ~/.zshrc and open a new terminal' ;;
            */bash)
                file=.bashrc
                # Terminals on macOS open login shells.
                [ "$os" != macos ] || file=.bash_profile
                how="add this line to ~/$file and open a new terminal"
                ;;
            *) how='add this line to ~/.profile and log in again' ;;
        esac
        say "to use it, $how:"
        # Alone, as it is to be copied.
        printf '\n%s\n\n' "$line"
    fi
    other=$(command -v aws-mfa || :)
    if [ -n "$other" ] && [ "$(cd "$(dirname "$other")" && pwd -P)" != "$(cd "$folder" && pwd -P)" ]; then
        printf 'install.sh: warning: your shell finds another aws-mfa first: %s\n' "$other" >&2
        printf 'to fix: remove that one, or put %s first in PATH\n' "$(quoted "$folder")" >&2
    fi
    say 'to get a session: aws-mfa setup'
}

main() {
    case $release in
        https://*) protocol=https ;;
        # For the tests.
        http://127.0.0.1:*) protocol=http ;;
        *) fail "this install.sh doesn't say which release it is part of" 'use the one of a release' ;;
    esac
    case ${1:-} in
        -*) fail "$1 is no folder" "sh -s -- [FOLDER]" ;;
    esac
    [ $# -le 1 ] || fail 'more than one folder is given' "quote it if its name has spaces: $(quoted "$*")"
    folder=${1:-}
    if [ -z "$folder" ]; then
        [ -n "${HOME:-}" ] || fail 'HOME is not set, and no folder is given' 'name a folder: sh -s -- FOLDER'
        folder=$HOME/.local/bin
    fi
    find_archive
    has curl || has wget || fail 'curl and wget are both missing' 'install curl, and run the same command again'
    has sha256sum || has shasum || fail 'sha256sum and shasum are both missing, and one must check the download' 'install one, and run the same command again'

    # On every way out. A shell that a signal ends doesn't count that as an exit.
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    work=$(mktemp -d) || fail "can't create a temporary folder" 'set TMPDIR to a folder that you may write to'

    # What can fail without the network fails before it is used.
    other_folder="name a folder of your own, or become root for this one: curl -fsSL $latest/download/install.sh | sudo sh -s -- $(quoted "$folder")"
    mkdir -p "$folder" 2>"$work/said" || fail "can't create $folder: $(reason)" "$other_folder"
    folder=$(cd "$folder" && pwd) || fail "can't open $folder" "$other_folder"
    program=$folder/aws-mfa
    [ ! -d "$program" ] || fail "$program is a folder" 'remove it, or name another folder'
    new=$(mktemp "$folder/.aws-mfa.XXXXXX" 2>"$work/said") || fail "can't write to $folder: $(reason)" "$other_folder"

    say "downloading $archive from $release"
    download SHA256SUMS
    download "$archive"
    check_sum
    tar -xzf "$work/$archive" -C "$work" aws-mfa 2>"$work/said" || fail "can't unpack $archive: $(reason)" "download it from $latest"
    # A copy is this user's own, with no rights from the archive.
    { cat "$work/aws-mfa" >"$new" && chmod 755 "$new"; } 2>"$work/said" || fail "can't write to $folder: $(reason)" 'make room there, or name another folder'
    version=$("$new" --version 2>"$work/said" </dev/null) || fail "the program doesn't run here: $(reason)" "$build"
    mv -f "$new" "$program" 2>"$work/said" || fail "can't replace $program: $(reason)" "$other_folder"
    new=''
    say "installed $version in $folder"
    advise
}

# The last line, and in braces: half a download does nothing.
{ main "$@"; }
