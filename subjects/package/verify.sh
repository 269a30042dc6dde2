#!/bin/sh
# Checks a package with the tools of any system: sha256sum, ssh-keygen, openssl. POSIX sh.
# Exit code: 0 all holds, 1 something does not, 2 something could not be checked.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
unchecked=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# No sign of a forger may move the cursor or hide words.
shown() { LC_ALL=C tr -cd '\012\040-\176'; }
holds() { printf 'holds      %s\n' "$1" | shown; }
fails() { printf 'FAILS      %s\n' "$1" | shown; failed=1; }
skips() { printf 'not looked %s\n' "$1"; unchecked=1; }
has() { command -v "$1" > /dev/null 2>&1; }

# 1. Files
if has sha256sum; then
    if sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt; then
        holds "every file is the one in the manifest"
    else
        fails "a file was changed or is missing"
    fi
    cut -c 67- manifest-sha256.txt | LC_ALL=C sort > "$work/listed"
    find data ! -type d | LC_ALL=C sort > "$work/there"
    if cmp -s "$work/listed" "$work/there"; then
        holds "no file was added"
    else
        fails "there are files that the manifest does not list, or the other way round"
    fi
else
    skips "the files: there is no sha256sum"
fi

# 2. Signature of the manifest
identity=$(cut -d ' ' -f 1 data/keys/allowed_signers)
if has ssh-keygen; then
    if ssh-keygen -Y verify -f data/keys/allowed_signers -I "$identity" -n dsr-audit-export \
        -s manifest-sha256.txt.sig < manifest-sha256.txt > "$work/said" 2>&1; then
        holds "the manifest was signed by $identity"
    else
        fails "the signature of the manifest"
    fi
else
    skips "the signature of the manifest: there is no ssh-keygen"
fi

# 3. Checkpoints: three lines, an empty line, lines of signatures; the last empty line divides them
signed_by() { # checkpoint, public key in PEM, key hash in hex
    gap=$(grep -n '^$' "$1" | tail -n 1 | cut -d : -f 1)
    head -n $((gap - 1)) "$1" > "$work/body"
    tail -n +$((gap + 1)) "$1" | while read -r _dash _name written; do
        printf '%s\n' "$written" | openssl base64 -d -A > "$work/line" 2> /dev/null
        hash=$(head -c 4 "$work/line" | od -An -tx1 | tr -d ' \n')
        [ "$hash" = "$3" ] && tail -c +5 "$work/line" > "$work/signature"
    done
    [ -s "$work/signature" ] || return 1
    openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$work/body" \
        -sigfile "$work/signature" > /dev/null 2>&1
}

known() { # checkpoint: signed by any key of the log
    for key in data/keys/log-*.pem; do
        hash=${key#data/keys/log-}
        rm -f "$work/signature"
        signed_by "$1" "$key" "${hash%.pem}" && return 0
    done
    return 1
}

if has openssl && openssl pkeyutl -help 2>&1 | grep -q rawin; then
    wrong=0
    for checkpoint in data/log/checkpoint data/checkpoints/*; do
        [ -f "$checkpoint" ] || continue
        known "$checkpoint" || { fails "the signature of $checkpoint"; wrong=1; }
    done
    [ "$wrong" -eq 0 ] && holds "every checkpoint was signed by a key of the log"
else
    skips "the checkpoints: this needs openssl 3.0 or later (verify.py checks them too)"
fi

# 4. Time stamps
if [ -f data/anchors/anchors.csv ] && grep -q ',rfc3161,' data/anchors/anchors.csv; then
    if has openssl && [ -f data/anchors/tsa-ca.pem ]; then
        tr -d '\r' < data/anchors/anchors.csv | grep ',rfc3161,' > "$work/stamps"
        while IFS=, read -r file _kind size _rest; do
            at=$(openssl ts -reply -in "data/$file" -text 2> /dev/null |
                sed -n 's/^Time stamp: //p')
            seconds=$(date -u -d "$at" +%s 2> /dev/null)
            if openssl ts -verify -data "data/checkpoints/$size" -in "data/$file" \
                -CAfile data/anchors/tsa-ca.pem ${seconds:+-attime "$seconds"} \
                > "$work/said" 2>&1; then
                holds "the time stamp $file: $at, $size entries"
            else
                fails "the time stamp $file"
            fi
        done < "$work/stamps"
    else
        skips "the time stamps: there is no openssl, or no certificates of the authority"
    fi
else
    printf 'not there  %s\n' "time stamps: nobody outside says when this log was so long"
fi

# 5. Tree, cases, numbers, figures
if has python3; then
    if python3 -I data/verify.py .; then
        holds "verify.py: tree, cases, numbers and figures"
    else
        fails "verify.py"
    fi
else
    skips "the entries: there is no python3"
fi

if [ "$failed" -ne 0 ]; then
    printf '%s\n' "This package does NOT hold."
    exit 1
fi
if [ "$unchecked" -ne 0 ]; then
    printf '%s\n' "What was looked at holds; not everything was."
    exit 2
fi
printf '%s\n' "This package holds."
