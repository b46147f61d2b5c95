#!/usr/bin/env bash
# exiftool and Microsoft's XMP namespace.
# Expected: a program that edits one property of a sidecar leaves the names of all others as they are; a namespace is only its URI, so
# "http://ns.microsoft.com/photo/1.0/", which Windows, digiKam and exiv2 write, stays that.
# Seen with exiftool 12.57 (Debian) and 13.59 (exiftool-vendored.pl from npm): setting xmp:Rating rewrites the sidecar with the warning "Fixed incorrect URI", and
# MicrosoftPhoto:LastKeywordXMP is then in "http://ns.microsoft.com/photo/1.0", without the slash. To a reader that compares URIs the list of
# keywords is gone, and another one, that nobody knows, has taken its place.
# Why it matters: whoever removes its own keywords from such lists (or reads them) has to look under both names, or leaves them behind after
# any edit with exiftool.
set -euo pipefail
cd "$(mktemp -d)"
npm init -y > /dev/null
npm install --silent --no-fund --no-audit exiftool-vendored.pl > /dev/null
cat > a.xmp <<'XMP'
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"><MicrosoftPhoto:LastKeywordXMP><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></MicrosoftPhoto:LastKeywordXMP>
</rdf:Description></rdf:RDF></x:xmpmeta>
XMP
grep -o 'ns.microsoft.com[^"]*' a.xmp
exiftool="$(find node_modules/exiftool-vendored.pl -name exiftool -type f | head -1)"
perl "$exiftool" -ver
perl "$exiftool" -q -overwrite_original -XMP-xmp:Rating=1 a.xmp
seen="$(grep -o "ns.microsoft.com[^'\"]*" a.xmp)"
echo "$seen"
[ "$seen" = ns.microsoft.com/photo/1.0 ]
