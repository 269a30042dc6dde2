#!/bin/sh
# Checks this receipt with openssl and the tools of any POSIX system: sh verify.sh
# It reads the files beside it, writes nothing there, and needs no network.
# Exit code 0: everything holds. 1: something does not, or could not be checked.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# No sign of a forger may move the cursor or hide words.
shown() { tr -cd '\012\040-\176'; }
holds() { printf 'holds  %s\n' "$1" | shown; }
fails() { printf 'FAILS  %s\n' "$1" | shown; bad=1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
sha() { openssl dgst -sha256 -binary | hex; }
plain() { tr -d '\n' | openssl base64 -d -A; }
# Octal, since not every sh knows \x.
bytes() { printf "$(printf '\\%03o' $(printf %s "$1" | sed 's/../ 0x&/g'))"; }
field() { sed -n "s/.*\"$2\": \{0,1\}\"\([0-9A-Za-z+\/=:-]*\)\".*/\1/p" "$1"; }
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary | hex; }
is_number() { case $1 in '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;; esac; }
signed_by() { # key, message, signature
    openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" -sigfile "$3" >"$work/said" 2>&1
}

for file in event.json event.tlog-proof opening.json checkpoint log.vkey log.pub.pem; do
    [ -f "$file" ] || { fails "$file is missing"; exit 1; }
done
command -v openssl >"$work/said" || { fails "openssl is not installed: use verify.py"; exit 1; }
if ! openssl pkeyutl -help 2>&1 | grep -q rawin; then
    fails "this openssl is too old to check Ed25519: use verify.py, or OpenSSL 3"
    exit 1
fi

# --- The entry stands in the tree (RFC 9162, 2.1.3.2) ------------------------------------------
sed '1,/^$/d' event.tlog-proof >"$work/note"
sed '/^$/,$d' event.tlog-proof >"$work/proof"
sed '/^$/,$d' "$work/note" >"$work/body"
sed '/^$/,$d' checkpoint >"$work/other"
origin=$(sed -n 1p "$work/body")
size=$(sed -n 2p "$work/body")
root=$(sed -n 3p "$work/body" | plain | hex)
index=$(sed -n 's/^index //p' "$work/proof")
if ! is_number "$index" || ! is_number "$size"; then
    fails "event.tlog-proof is not written as a proof: it was changed"
    exit 1
fi
found=$({ printf '\000'; cat event.json; } | sha)
place=$index last=$((size - 1)) ok=1
[ "$place" -le "$last" ] || ok=0
[ "$(sed -n 1p "$work/proof")" = c2sp.org/tlog-proof@v1 ] || ok=0
set -f # a line may look like a pattern for names of files
for line in $(sed '1,/^index /d' "$work/proof"); do
    next=$(printf %s "$line" | plain | hex)
    [ "$last" -gt 0 ] && [ ${#next} -eq 64 ] || { ok=0; break; }
    if [ $((place & 1)) -eq 1 ] || [ "$place" -eq "$last" ]; then
        found=$(bytes "01$next$found" | sha)
        while [ $((place & 1)) -eq 0 ] && [ "$place" -ne 0 ]; do
            place=$((place >> 1)) last=$((last >> 1))
        done
    else
        found=$(bytes "01$found$next" | sha)
    fi
    place=$((place >> 1)) last=$((last >> 1))
done
set +f
if [ $ok -eq 1 ] && [ "$last" -eq 0 ] && [ "$found" = "$root" ]; then
    holds "the log has exactly the text of event.json, as entry $index of $size"
else
    fails "the log does not have the text of event.json as entry $index: text or proof was changed"
fi

# --- The checkpoint is signed by the log -------------------------------------------------------
known=$(sed -n '1s/^[^+]*+\([0-9a-f]*\)+.*/\1/p' log.vkey)
signed() { # a note
    sed '1,/^$/d' "$1" >"$work/lines"
    sed '/^$/,$d' "$1" >"$work/message"
    while read -r _ name written; do
        [ "$name" = "$origin" ] || continue
        [ "$(printf %s "$written" | plain | head -c 4 | hex)" = "$known" ] || continue
        printf %s "$written" | plain | tail -c +5 >"$work/signature"
        signed_by log.pub.pem "$work/message" "$work/signature" && return 0
    done <"$work/lines"
    return 1
}
if cmp -s "$work/body" "$work/other" && signed "$work/note" && signed checkpoint; then
    holds "the state of the log with $size entries is signed with the key of $origin"
else
    fails "the checkpoint is not signed with the key in log.pub.pem: it or the key was changed"
fi
openssl pkey -pubin -in log.pub.pem -outform DER >"$work/key" 2>"$work/said"
key=$(tail -c 32 "$work/key" | hex)
print=$(sha <"$work/key")
[ "$(sed -n '1s/^[^+]*+[^+]*+//p' log.vkey | plain | tail -c 32 | hex)" = "$key" ] ||
    fails "log.pub.pem and log.vkey are two different keys"

[ "$(sed -n '1s/+.*//p' log.vkey)" = "$origin" ] || fails "log.vkey is the key of another log"

# --- The entry is about your case --------------------------------------------------------------
nonce=$(field event.json n)
for name in case request; do
    shown=$(field event.json $name)
    [ -n "$shown" ] || continue
    mine=$(bytes "$nonce" | hmac "$(field opening.json $name)" | cut -c1-32)
    if [ "$mine" = "$shown" ]; then
        holds "the entry is about the $name that opening.json names"
    else
        fails "the entry is not about the $name that opening.json names"
    fi
done
promise=$(field event.json pc)
salt=$(field opening.json salt)
if [ -n "$promise" ] && [ -n "$salt" ]; then
    details=$(field opening.json payload | plain | hmac "$salt")
    if [ "hmac-sha256:$details" = "$promise" ]; then
        holds "the details in opening.json are those that the entry promises"
    else
        fails "the details in opening.json are not those that the entry promises"
    fi
elif [ -n "$promise" ]; then
    printf 'note   the entry promises details; they have been erased since, and the entry stands\n'
fi

# --- What others outside the house say ---------------------------------------------------------
if [ -f checkpoint.tsr ]; then
    at=$(sed -n 1p checkpoint.tsr.time 2>"$work/said")
    is_number "$at" || at=$(date +%s)
    if openssl ts -verify -data checkpoint -in checkpoint.tsr -CAfile tsa-ca.pem \
        -attime "$at" >"$work/said" 2>&1; then
        time=$(openssl ts -reply -in checkpoint.tsr -text 2>"$work/more" |
            sed -n 's/^Time stamp: //p')
        holds "an authority outside the house saw the checkpoint at $time"
    else
        fails "the time stamp is not of this checkpoint, or not of the authority in tsa-ca.pem"
    fi
fi
for key_file in witness*.pub.pem; do
    [ -f "$key_file" ] || continue
    ok=0
    sed '1,/^$/d' "$work/note" >"$work/lines"
    while read -r _ name written; do
        [ "$name" != "$origin" ] || continue
        line=$(printf %s "$written" | plain | hex)
        [ ${#line} -eq 152 ] || continue
        at=$((0x$(printf %s "$line" | cut -c9-24)))
        { printf 'cosignature/v1\ntime %s\n' "$at"; cat "$work/body"; } >"$work/message"
        bytes "$(printf %s "$line" | cut -c25-)" >"$work/signature"
        signed_by "$key_file" "$work/message" "$work/signature" && ok=1 && break
    done <"$work/lines"
    if [ $ok -eq 1 ]; then
        holds "the witness $name saw the checkpoint $at seconds after 1 January 1970, UTC"
    else
        fails "the witness of $key_file has not signed this checkpoint"
    fi
done

# --- In words ----------------------------------------------------------------------------------
if [ $bad -eq 0 ]; then # else it is not the log that says so
    printf '\nWhat the log says:\n'
    shown <event.json
    printf '\n'
fi
printf '\nThe key of the log has this fingerprint (SHA-256):\n  %s\n' "$print"
printf 'Compare it with the privacy notice, or ask the authority: else anybody could have made it.\n'
if [ $bad -eq 0 ]; then
    printf '\nThis receipt holds. It proves what was recorded, and by when. It does not prove that\n'
    printf 'every byte has left every disk.\n'
else
    printf '\nThis receipt DOES NOT HOLD.\n'
fi
exit $bad
